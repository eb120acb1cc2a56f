const HOST = 'Host: a\r\nConnection: close\r\n';

/** Bytes that no HTTP client sends. Each is answered with a 4xx, or the connection is closed. */
export const RAW_REQUESTS: readonly string[] = [
  '\r\n\r\n',
  '\u0000\u0000\u0000\u0000',
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  `GET /v1/tasks/\u0000 HTTP/1.1\r\n${HOST}\r\n`,
  `GET /v1/tasks/\xff\xfe HTTP/1.1\r\n${HOST}\r\n`,
  `GET http://other.example/v1/tasks/x HTTP/1.1\r\n${HOST}\r\n`,
  `GET //v1//tasks HTTP/1.1\r\n${HOST}\r\n`,
  `GET /v1/tasks/%ff%fe HTTP/1.1\r\n${HOST}\r\n`,
  `GET /v1/tasks/${'%41'.repeat(4_000)} HTTP/1.1\r\n${HOST}\r\n`,
  `GET /v1/tasks?${'a=1&'.repeat(3_000)} HTTP/1.1\r\n${HOST}\r\n`,
  `GET /reference HTTP/1.1\r\nHost: [::bad\r\nConnection: close\r\n\r\n`,
  `GET /livez HTTP/1.1\r\n${HOST}Bad Header: 1\r\n\r\n`,
  `GET /livez HTTP/1.1\r\n${HOST}${'X-A: 1\r\n'.repeat(2_500)}\r\n`,
  `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
  'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n',
  `POST /v1/tasks/submit HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `POST /v1/tasks/submit HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
  `POST /v1/tasks/submit HTTP/1.1\r\n${HOST}Content-Length: 99999999999999999999\r\n\r\n`,
  `POST /v1/tasks/submit HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
  `POST /v1/tasks/submit HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\n{}`,
  `GET /v1/events HTTP/1.1\r\n${HOST}Upgrade: websocket\r\n\r\n`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
];
