import {
  type Breaks,
  type BrokenLimit,
  base64Of,
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
} from './broken-limit.ts';

export const viduLimits: BrokenLimit[] = [];
const limits = limitsInto(viduLimits);

const vidu: Breaks = [
  p('vidu_type', GONE, missing),
  p('vidu_type', 'video'),
  p('duration', 0, least),
  i('prompt', chars(2_001), /at most 2000/),
];
limits(11, 'viduq2', 'Text to video', [
  ...vidu,
  ...noPrompt,
  p('duration', 11, most),
  p('aspect_ratio', '21:9'),
  p('resolution', '360p'),
  p('guidance_scale', 'high', type),
  p('audio', true, /not taken when vidu_type is text2video/),
  i('images', [IMAGE], /not taken when vidu_type is text2video/),
]);
limits(12, 'viduq2', 'Reference to video', [
  i('subjects', GONE, /is required, unless there is \/input\/images/),
  i('subjects', [], /at least 1 item/),
  i('subjects', Array(8).fill({ id: 'a', images: [IMAGE], voice_id: 'v' }), /at most 7 items/),
  i('subjects/0/images', Array(4).fill(IMAGE), /at most 3 items/),
  i('subjects/0/id', GONE, missing),
  i('subjects/0/voice_id', GONE, missing),
  i('images', [IMAGE], /must not be given together with subjects/),
  p('duration', 11, most),
  p('guidance_scale', 1, /not taken when vidu_type is reference2video/),
]);
limits(12, 'viduq2', 'Reference to video, as older pages have it', [
  i('images', Array(8).fill(IMAGE), /at most 7 items/),
  i('images/0', RAW, /base64 alone is refused/),
  p('movement_amplitude', 'huge'),
  ...noPrompt,
]);
for (const [model, seconds] of [
  ['viduq3-pro', 16],
  ['viduq2-pro', 10],
  ['viduq2-turbo', 10],
  ['viduq2-pro-fast', 10],
] as const) {
  const wrong = model === 'viduq3-pro' ? '4K' : '2K';
  limits(13, model, 'Image to video', [
    ...vidu,
    i('first_frame_url', GONE, missing),
    i('first_frame_url', RAW, /base64 alone is refused/),
    i('last_frame_url', IMAGE, /not taken when vidu_type is img2video/),
    p('duration', seconds + 1, most),
    p('resolution', wrong),
  ]);
  limits(14, model, 'First and last frame', [
    i('first_frame_url', GONE, missing),
    i('last_frame_url', GONE, missing),
    p('resolution', '360p'),
    p('audio', true, /not taken when vidu_type is start-end2video/),
    p('duration', seconds === 10 ? 9 : 17, most),
  ]);
}
limits(13, 'viduq2-pro-fast', 'Image to video', [p('resolution', '540p'), p('vidu_type', 'extend')]);
for (const model of ['viduq2-turbo', 'viduq2-pro'])
  limits(15, model, 'Extend', [
    i('video_url', GONE, missing),
    i('first_frame_url', IMAGE, /not taken when vidu_type is extend/),
    p('duration', 8, /at most 7 when vidu_type is extend/),
    p('resolution', '360p'),
    p('bgm', true, /not taken when vidu_type is extend/),
  ]);
limits(16, 'vidu-lip-sync', 'Spoken by audio', [
  i('video_url', GONE, missing),
  i('audio_url', GONE, /is required, unless there is \/input\/text/),
  i('text', 'Hello there', /must not be given together with audio_url/),
  p('vidu_type', 'text2video'),
]);
limits(16, 'vidu-lip-sync', 'Spoken by text', [
  i('text', 'abc', /at least 4 characters/),
  i('text', chars(2_001), /at most 2000 characters/),
  p('speed', 0.4, least),
  p('speed', 2.1, most),
  p('volume', 11, most),
]);
for (const model of ['vidu-mv', 'vidu-one-click-mv'])
  limits(17, model, 'Music video', [
    i('images', GONE, missing),
    i('images', [], /at least 1 item/),
    i('images', Array(8).fill(IMAGE), /at most 7 items/),
    i('audio_url', GONE, missing),
    i('prompt', chars(3_001), /at most 3000/),
    p('vidu_type', 'mv'),
    p('aspect_ratio', '21:9'),
    p('resolution', '360p'),
    p('language', 'de'),
  ]);
limits(16, 'vidu-lip-sync', 'Spoken by text', [
  p('vidu_type', GONE, missing),
  p('volume', -1, least),
  i('ref_photo_url', `data:image/png;base64,${base64Of(10)}`, /at most 10 MiB/),
]);
for (const model of ['vidu-mv', 'vidu-one-click-mv'])
  limits(17, model, 'Music video', [p('vidu_type', GONE, missing), i('images/0', RAW, /base64 alone is refused/)]);
