import {
  type BrokenLimit,
  base64Of,
  CLIP,
  chars,
  GONE,
  IMAGE,
  i,
  least,
  limitsInto,
  missing,
  most,
  noPrompt,
  p,
  RAW,
  type,
  unknown,
} from './broken-limit.ts';

export const seedanceAndHailuoLimits: BrokenLimit[] = [];
const limits = limitsInto(seedanceAndHailuoLimits);

for (const [row, model, seconds] of [
  [18, 'doubao-seedance-1-5-pro-251215', 12],
  [19, 'doubao-seedance-2-0-260128', 15],
] as const)
  limits(row, model, 'First and last frame', [
    i('content', GONE, missing),
    i('content', [], /at least 1 item/),
    i('content/0/type', 'words'),
    i('content/0/text', GONE, missing),
    i('content/0/role', 'first_frame', /not taken when type is text/),
    i('content/1/image_url', IMAGE, /must be an object/),
    i('content/1/image_url/url', RAW, /data:image/),
    i('content/1/role', GONE, /is required when there are two images or more/),
    i('content/1/role', 'middle_frame'),
    [
      { '/input/content/1': { type: 'text', text: 'no first frame' } },
      /with role first_frame when it has a last_frame/,
      '/input/content',
    ],
    [
      { '/input/content/0': { type: 'draft_task', draft_task: { id: 'd' } } },
      /at most 1 item when it has a draft_task/,
      '/input/content',
    ],
    i('prompt', 'x', unknown),
    p('execution_expires_after', 3_599, least),
    p('execution_expires_after', 259_201, most),
    p('resolution', '2K'),
    p('ratio', '2:1'),
    p('duration', 3, least),
    p('duration', seconds + 1, most),
  ]);
limits(18, 'doubao-seedance-1-5-pro-251215', 'Draft', [
  p('resolution', '720p', /must be "480p" when draft is true/),
  p('service_tier', 'fast'),
  i('content/0/type', 'video_url'),
]);
limits(18, 'doubao-seedance-1-5-pro-251215', 'First and last frame', [
  [
    { '/input/content/0': { type: 'image_url', image_url: { url: IMAGE }, role: 'first_frame' } },
    /at most 2 items of type image_url/,
    '/input/content',
  ],
  p('seed', -1, least),
]);
limits(19, 'doubao-seedance-2-0-260128', 'Reference to video', [
  i('content/2/role', 'first_frame', /must be one of "reference_video" when type is video_url/),
  i('content/2/video_url', GONE, missing),
  i('content/3/audio_url/url', 'song.mp3', /http\(s\) URL/),
  p('draft', true, unknown),
  p('service_tier', 'flex', unknown),
]);
for (const [row, model, example] of [
  [20, 'MiniMax-Hailuo-2.3', 'Text to video'],
  [21, 'MiniMax-Hailuo-2.3', 'Image to video'],
  [22, 'MiniMax-Hailuo-2.3-Fast', 'Image to video'],
  [23, 'MiniMax-Hailuo-02', 'First and last frame'],
] as const)
  limits(row, model, example, [
    ...noPrompt,
    i('prompt', chars(2_001), /at most 2000/),
    i('first_frame_image', RAW, /base64 alone is refused/),
    i('first_frame_image', `data:image/png;base64,${base64Of(20)}`, /at most 20 MiB/),
    p('duration', 8),
    p('resolution', '768p'),
    [
      { '/parameters/duration': 10, '/parameters/resolution': '1080P' },
      /must be 6 when resolution is 1080P \(got 10\)/,
    ],
    p('prompt_optimizer', 'on', type),
  ]);
limits(21, 'MiniMax-Hailuo-2.3', 'Image to video', [i('last_frame_image', IMAGE, unknown)]);
limits(22, 'MiniMax-Hailuo-2.3-Fast', 'Image to video', [i('first_frame_image', GONE, missing)]);
for (const [row, model] of [
  [18, 'doubao-seedance-1-5-pro-251215'],
  [19, 'doubao-seedance-2-0-260128'],
] as const)
  limits(row, model, 'First and last frame', [
    i('content/1/type', GONE, missing),
    i('content/1/image_url', GONE, missing),
    i('content/1/image_url/url', GONE, missing),
    i('content/1/text', 'a cat', /not taken when type is image_url/),
  ]);
limits(18, 'doubao-seedance-1-5-pro-251215', 'Video from a draft', [
  i('content/0/draft_task', GONE, missing),
  i('content/0/draft_task/id', GONE, missing),
  i('content/0/role', 'first_frame', /not taken when type is draft_task/),
  p('seed', 2 ** 31, most),
]);
limits(19, 'doubao-seedance-2-0-260128', 'Reference to video', [
  i('content/1/role', 'reference_video', /must be one of .* when type is image_url/),
  i('content/3/role', 'reference_image', /must be one of "reference_audio" when type is audio_url/),
  i('content/2/video_url/url', GONE, missing),
  i('content/3/audio_url', GONE, missing),
  i('content/3/audio_url/url', GONE, missing),
  i('content/2/audio_url', { url: CLIP }, /not taken when type is video_url/),
  i('content/3/video_url', { url: CLIP }, /not taken when type is audio_url/),
]);
limits(23, 'MiniMax-Hailuo-02', 'First and last frame', [
  i('last_frame_image', RAW, /base64 alone is refused/),
  i('last_frame_image', `data:image/png;base64,${base64Of(20)}`, /at most 20 MiB/),
]);
