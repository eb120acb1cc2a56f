import {
  type BrokenLimit,
  base64Of,
  CLIP,
  chars,
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
  RAW,
  unknown,
} from './broken-limit.ts';

export const klingLimits: BrokenLimit[] = [];
const limits = limitsInto(klingLimits);

limits(24, 'kling-v2-6', 'Text to video', [
  ...noPrompt,
  p('mode', 'std', /must be "pro"/),
  p('aspect_ratio', '4:3'),
  p('duration', 8),
  p('sound', 'on', unknown),
]);
limits(25, 'kling-v2-6', 'Image to video', [
  p('image', DATA, /without the prefix/),
  p('image', base64Of(10), /at most 10 MiB/),
  p('image', GONE, /is required together with image_tail/),
  p('image_tail', DATA, /without the prefix/),
]);
limits(26, 'kling-video-o1', 'Image to video', [
  ...noPrompt,
  p('mode', 'std', /must be "pro"/),
  p('duration', 7, /must be one of 5, 10 when there is only a first frame/),
  p('image_list/0/type', 'last_frame'),
  p('image_list/0/image_url', DATA, /without the prefix/),
  p('image_list', Array(8).fill({ image_url: IMAGE }), /at most 7 items/),
]);
limits(26, 'kling-video-o1', 'Text to video', [
  p('duration', 2, /5, 10|at least/),
  p('duration', 11, /5, 10|at most/),
  p('duration', 6, /must be one of 5, 10 when there is only a prompt/),
]);
limits(26, 'kling-video-o1', 'Video edit', [
  p('video_list/0/refer_type', 'edit'),
  p('video_list/0/keep_original_sound', true),
  p('image_list', Array(5).fill({ image_url: IMAGE }), /at most 4 items when there is a video/),
]);
limits(27, 'kling-v3', 'Text to video', [
  i('prompt', GONE, /is required when multi_shot is not true and it is not motion_control/),
  i('prompt', chars(2_501), /at most 2500/),
  p('mode', '4k'),
  p('aspect_ratio', '4:3'),
  p('duration', 2, least),
  p('duration', 16, most),
  p('sound', true),
  [{ '/parameters/image_tail': IMAGE }, /is required together with image_tail/, '/parameters/image'],
  p('kling_v3_type', 'v2v'),
  [{ '/parameters/kling_v3_type': 'i2v' }, /is required when kling_v3_type is i2v/, '/parameters/image'],
]);
limits(27, 'kling-v3', 'Several shots', [
  p('multi_prompt', GONE, /is required when multi_shot is true/),
  p('multi_prompt', [], /at least 1 item/),
  p('multi_prompt', Array(7).fill({ index: 1, prompt: 'p', duration: '1' }), /at most 6 items/),
  p('multi_prompt/0/prompt', chars(513), /at most 512/),
  p('multi_prompt/0/duration', 2, /must be a string/),
  p('shot_type', 'intelligence'),
  [
    { '/parameters/duration': 6 },
    /whose duration adds up to duration, which is 6 \(it adds up to 5\)/,
    '/parameters/multi_prompt',
  ],
  [{ '/parameters/multi_prompt/0/duration': '1' }, /which is 5 \(it adds up to 4\)/, '/parameters/multi_prompt'],
  [{ '/parameters/multi_shot': false }, missing, '/input/prompt'],
]);
limits(27, 'kling-v3', 'Motion control', [
  i('img_url', GONE, /is required when it is motion_control/),
  i('video_url', GONE, /is required when it is motion_control/),
  i('video_url', RAW, /http\(s\) URL/),
  p('character_orientation', GONE, /is required when it is motion_control/),
  p('character_orientation', 'left'),
  p('keep_original_sound', 'maybe'),
  p('duration', 7, /must be one of 5, 10 when it is motion_control/),
]);
limits(28, 'kling-v3-motion-control', 'Motion control', [
  i('img_url', GONE, /is required, unless there is \/parameters\/image_url/),
  i('video_url', GONE, /is required, unless there is \/parameters\/video_url/),
  i('prompt', chars(2_501), /at most 2500/),
  p('mode', GONE, missing),
  p('mode', '4k'),
  p('character_orientation', GONE, missing),
]);
limits(29, 'kling-v3-omni', 'Text to video', [
  i('prompt', GONE, /is required when multi_shot is not true/),
  i('prompt', chars(2_501), /at most 2500/),
  p('aspect_ratio', GONE, /is required when no video is edited/),
  p('duration', 2, least),
  p('duration', 16, most),
  p('mode', '4k'),
]);
limits(29, 'kling-v3-omni', 'First and last frame', [
  p('image_list', Array(8).fill({ image_url: IMAGE }), /at most 7 items/),
  p('image_list/0/image_url', GONE, missing),
  p('image_list/0/image_url', DATA, /without the prefix/),
  [
    { '/parameters/image_list/0/type': GONE },
    /at least 1 item of type first_frame when it has an end_frame/,
    '/parameters/image_list',
  ],
  [
    { '/parameters/image_list/2': { image_url: IMAGE } },
    /at most 2 items when it has an end_frame/,
    '/parameters/image_list',
  ],
]);
limits(29, 'kling-v3-omni', 'Several shots', [
  [{ '/parameters/duration': 15 }, /which is 15 \(it adds up to 5\)/, '/parameters/multi_prompt'],
]);
limits(29, 'kling-v3-omni', 'Reference video', [
  p('duration', 11, /at most 10 when there is a video/),
  p('sound', 'on', /must be "off" when there is a video/),
  p('image_list', Array(5).fill({ image_url: IMAGE }), /at most 4 items when there is a video/),
  p('video_list', Array(2).fill({ video_url: CLIP, refer_type: 'feature' }), /at most 1 item/),
  p('video_list/0/video_url', RAW, /http\(s\) URL/),
]);
limits(29, 'kling-v3-omni', 'Video edit', [
  [
    { '/parameters/image_list': [{ image_url: IMAGE, type: 'first_frame' }] },
    /must not be given when a video is edited/,
    '/parameters/image_list/0/type',
  ],
]);
limits(25, 'kling-v2-6', 'Image to video, as other copies of the page have it', [
  [
    { '/input/image_tail': IMAGE, '/input/first_frame_url': GONE },
    /together with image_tail/,
    '/input/first_frame_url',
  ],
]);
limits(26, 'kling-video-o1', 'Video edit', [
  p('aspect_ratio', '4:3'),
  p('duration', 2, least),
  p('duration', 11, most),
  p('video_list/0/video_url', GONE, missing),
  p('video_list', Array(2).fill({ video_url: CLIP }), /at most 1 item/),
  [{ '/parameters/image_list': [{ type: 'first_frame' }] }, missing, '/parameters/image_list/0/image_url'],
]);
limits(27, 'kling-v3', 'Several shots', [
  p('multi_prompt/0/index', GONE, missing),
  p('multi_prompt/0/index', 0, least),
  p('image', base64Of(10), /at most 10 MiB/),
]);
limits(27, 'kling-v3', 'Motion control', [
  [
    { '/parameters/kling_v3_type': GONE, '/parameters/character_orientation': GONE },
    /is required when it is motion_control/,
    '/parameters/character_orientation',
  ],
]);
limits(28, 'kling-v3-motion-control', 'Motion control', [
  p('character_orientation', 'left'),
  p('keep_original_sound', true),
  i('img_url', base64Of(10), /at most 10 MiB/),
]);
limits(29, 'kling-v3-omni', 'Several shots', [
  p('aspect_ratio', '4:3'),
  p('sound', true),
  p('shot_type', 'intelligence'),
  p('multi_prompt', GONE, /is required when multi_shot is true/),
  p('multi_prompt', [], /at least 1 item/),
  p('multi_prompt', Array(7).fill({ index: 1, prompt: 'p', duration: '1' }), /at most 6 items/),
  p('multi_prompt/0/prompt', chars(513), /at most 512/),
  p('multi_prompt/0/duration', GONE, missing),
  p('image_list/0/type', 'last_frame'),
  p('image_list/0/image_url', base64Of(10), /at most 10 MiB/),
]);
limits(29, 'kling-v3-omni', 'Reference video', [
  p('video_list/0/video_url', GONE, missing),
  p('video_list/0/refer_type', 'edit'),
  p('video_list/0/keep_original_sound', true),
]);
