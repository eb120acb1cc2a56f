import {
  type BrokenLimit,
  GONE,
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

export const soraAndWanLimits: BrokenLimit[] = [];
const limits = limitsInto(soraAndWanLimits);

for (const [row, model] of [
  [1, 'openai/sora-2/text-to-video'],
  [3, 'openai/sora-2/text-to-video-pro'],
] as const)
  limits(row, model, 'Text to video', [
    ...noPrompt,
    p('size', '720p'),
    p('duration', 5),
    p('resolution', '720p', unknown),
  ]);
limits(1, 'openai/sora-2/text-to-video', 'Text to video', [p('size', '1024x1792')]);
limits(2, 'openai/sora-2/image-to-video', 'Image to video', [
  i('first_frame_url', GONE, missing),
  i('first_frame_url', 'cat.png', /http\(s\) URL/),
  p('duration', 5),
  p('size', '1792x1024'),
]);
limits(4, 'openai/sora-2/image-to-video-pro', 'Image to video', [
  i('first_frame_url', GONE, missing),
  p('resolution', '480p'),
  p('duration', 5),
  p('size', '720x1280', unknown),
]);
limits(5, 'Wan-AI/Wan2.2-T2V', 'Text to video', [
  ...noPrompt,
  p('size', '1920x1080'),
  p('size', '832x480', /one of .* when resolution is 720P \(got "832x480"\)/),
  p('resolution', '720p'),
  p('duration', 10),
  p('seed', -1, least),
  p('seed', 2 ** 31, most),
  i('audio_url', 'https://example.com/a.mp3', unknown),
]);
limits(6, 'Wan-AI/Wan2.2-I2V', 'First and last frame', [
  ...noPrompt,
  i('first_frame_url', GONE, missing),
  p('resolution', '1080P'),
  p('duration', 10),
  p('seed', 2 ** 31, most),
]);
limits(7, 'Wan-AI/Wan2.5-T2V', 'Text to video', [
  ...noPrompt,
  p('size', GONE, missing),
  p('size', '1024x1024'),
  p('duration', 15),
  p('seed', -2, least),
  p('prompt_extend', 'yes', type),
  i('audio_url', 'song.mp3', /http\(s\) URL/),
]);
limits(8, 'Wan-AI/Wan2.5-I2V', 'Image to video', [
  ...noPrompt,
  i('first_frame_url', GONE, missing),
  i('first_frame_url', RAW, /http\(s\) URL/),
  p('resolution', GONE, missing),
  p('resolution', '720P'),
  p('duration', 15),
  p('seed', -2, least),
  p('prompt_extend', true, unknown),
]);
limits(9, 'Wan-AI/Wan2.6-T2V', 'Text to video', [
  ...noPrompt,
  p('size', GONE, missing),
  p('size', '832x480'),
  p('duration', 8),
  p('shot_type', 'many'),
  p('seed', -1, least),
  [{ '/parameters/prompt_extend': false }, /must not be given when prompt_extend is false/, '/parameters/shot_type'],
]);
limits(10, 'Wan-AI/Wan2.6-I2V', 'Image to video', [
  ...noPrompt,
  i('img_url', GONE, /is required, unless there is \/input\/first_frame_url/),
  p('resolution', '480P'),
  p('duration', 8),
  p('seed', 2 ** 32, most),
  [{ '/parameters/prompt_extend': false }, /must not be given when prompt_extend is false/, '/parameters/shot_type'],
]);
limits(5, 'Wan-AI/Wan2.2-T2V', 'Text to video', [
  [{ '/parameters/resolution': '480P' }, /one of .* when resolution is 480P/, '/parameters/size'],
]);
for (const [row, model, example] of [
  [7, 'Wan-AI/Wan2.5-T2V', 'Text to video'],
  [8, 'Wan-AI/Wan2.5-I2V', 'Image to video'],
  [9, 'Wan-AI/Wan2.6-T2V', 'Text to video'],
] as const)
  limits(row, model, example, [p('seed', 2 ** 31, most)]);
limits(6, 'Wan-AI/Wan2.2-I2V', 'First and last frame', [p('seed', -1, least)]);
limits(10, 'Wan-AI/Wan2.6-I2V', 'Image to video', [p('seed', -1, least), p('shot_type', 'many')]);
