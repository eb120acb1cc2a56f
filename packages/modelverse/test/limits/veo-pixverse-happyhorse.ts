import {
  type BrokenLimit,
  DATA,
  GONE,
  IMAGE,
  i,
  least,
  limitsInto,
  missing,
  most,
  noPrompt,
  p,
  type,
  unknown,
} from './broken-limit.ts';

export const veoPixverseHappyhorseLimits: BrokenLimit[] = [];
const limits = limitsInto(veoPixverseHappyhorseLimits);

for (const [row, model] of [
  [30, 'veo-3.1-generate-001'],
  [31, 'veo-3.1-fast-generate-001'],
] as const)
  limits(row, model, 'First and last frame', [
    ...noPrompt,
    i('image', GONE, /is required together with last_frame/),
    i('image/bytesBase64Encoded', DATA, /without the prefix/),
    i('image/bytesBase64Encoded', IMAGE, /URLs are not taken/),
    i('last_frame/mimeType', 'image/gif'),
    p('generate_audio', GONE, missing),
    p('generate_audio', 1, type),
    p('resolution', '480p'),
    p('duration', 5),
    p('aspect_ratio', '1:1'),
    p('person_generation', 'allow_all'),
  ]);
limits(32, 'pixverse-v6', 'Text to video', [
  ...noPrompt,
  p('resolution', '480p'),
  p('aspect_ratio', '1:2'),
  p('duration', 0, least),
  p('duration', 16, most),
  p('generate_audio', 2),
]);
limits(32, 'pixverse-v6', 'First and last frame', [
  i('first_frame_url', GONE, /is required together with last_frame_url/),
  p('aspect_ratio', '16:9', /must not be given when there is an image or a video/),
]);
limits(33, 'happyhorse-1.0-t2v', 'Text to video', [
  ...noPrompt,
  p('resolution', '720p'),
  p('ratio', '4:3'),
  p('duration', 2, least),
  p('duration', 16, most),
  p('watermark', 0, type),
]);
limits(34, 'happyhorse-1.0-i2v', 'Image to video', [
  i('img_url', GONE, /is required, unless there is \/input\/first_frame_url or \/input\/images/),
  p('resolution', '480P'),
  p('duration', 16, most),
]);
limits(34, 'happyhorse-1.0-i2v', 'The image by its third name', [i('images', [IMAGE, IMAGE], /at most 1 item/)]);
limits(35, 'happyhorse-1.0-r2v', 'Reference to video', [
  ...noPrompt,
  i('images', GONE, missing),
  i('images', [], /at least 1 item/),
  i('images', Array(10).fill(IMAGE), /at most 9 items/),
  p('ratio', '4:3'),
  p('duration', 2, least),
]);
limits(36, 'happyhorse-1.0-video-edit', 'Video edit', [
  ...noPrompt,
  i('video_url', GONE, missing),
  i('images', Array(6).fill(IMAGE), /at most 5 items/),
  p('audio_setting', 'off'),
  p('resolution', '480P'),
  p('duration', 5, unknown),
]);
for (const [row, model] of [
  [30, 'veo-3.1-generate-001'],
  [31, 'veo-3.1-fast-generate-001'],
] as const)
  limits(row, model, 'Image to video', [
    i('image/bytesBase64Encoded', GONE, missing),
    i('image/mimeType', GONE, missing),
    i('last_frame', IMAGE, /must be an object/),
  ]);
limits(34, 'happyhorse-1.0-i2v', 'Image to video', [p('duration', 2, least)]);
limits(35, 'happyhorse-1.0-r2v', 'Reference to video', [p('resolution', '480P'), p('duration', 16, most)]);
