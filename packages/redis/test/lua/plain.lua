return 'plain'
