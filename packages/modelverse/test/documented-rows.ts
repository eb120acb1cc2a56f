/** A row of the upstream's catalogue (its pages number 36), and the example of a model file that is its sample. */
export interface DocumentedRow {
  readonly row: number;
  readonly model: string;
  readonly example: string;
}

type Rows = readonly (readonly [row: number, example: string, ...models: string[]])[];

const T2V = 'Text to video';
const I2V = 'Image to video';
const FRAMES = 'First and last frame';
const VIDU = ['viduq3-pro', 'viduq2-pro', 'viduq2-turbo', 'viduq2-pro-fast'];

const ROWS: Rows = [
  [1, T2V, 'openai/sora-2/text-to-video'],
  [2, I2V, 'openai/sora-2/image-to-video'],
  [3, T2V, 'openai/sora-2/text-to-video-pro'],
  [4, I2V, 'openai/sora-2/image-to-video-pro'],
  [5, T2V, 'Wan-AI/Wan2.2-T2V'],
  [6, FRAMES, 'Wan-AI/Wan2.2-I2V'],
  [7, T2V, 'Wan-AI/Wan2.5-T2V'],
  [8, I2V, 'Wan-AI/Wan2.5-I2V'],
  [9, T2V, 'Wan-AI/Wan2.6-T2V'],
  [10, I2V, 'Wan-AI/Wan2.6-I2V'],
  [11, T2V, 'viduq2', 'viduq3-pro'],
  [12, 'Reference to video', 'viduq2'],
  [12, 'Reference to video, as older pages have it', 'viduq2'],
  [13, I2V, ...VIDU],
  [14, FRAMES, ...VIDU],
  [15, 'Extend', 'viduq2-turbo', 'viduq2-pro'],
  [16, 'Spoken by audio', 'vidu-lip-sync'],
  [16, 'Spoken by text', 'vidu-lip-sync'],
  [17, 'Music video', 'vidu-mv', 'vidu-one-click-mv'],
  [18, FRAMES, 'doubao-seedance-1-5-pro-251215'],
  [18, T2V, 'doubao-seedance-1-5-pro-251215'],
  [18, I2V, 'doubao-seedance-1-5-pro-251215'],
  [18, 'Draft', 'doubao-seedance-1-5-pro-251215'],
  [18, 'Video from a draft', 'doubao-seedance-1-5-pro-251215'],
  [19, FRAMES, 'doubao-seedance-2-0-260128'],
  [19, 'Reference to video', 'doubao-seedance-2-0-260128'],
  [20, T2V, 'MiniMax-Hailuo-2.3'],
  [21, I2V, 'MiniMax-Hailuo-2.3'],
  [22, I2V, 'MiniMax-Hailuo-2.3-Fast'],
  [23, T2V, 'MiniMax-Hailuo-02'],
  [23, I2V, 'MiniMax-Hailuo-02'],
  [23, FRAMES, 'MiniMax-Hailuo-02'],
  [24, T2V, 'kling-v2-6'],
  [25, I2V, 'kling-v2-6'],
  [25, 'Image to video, as other copies of the page have it', 'kling-v2-6'],
  [26, I2V, 'kling-video-o1'],
  [26, T2V, 'kling-video-o1'],
  [26, 'Video edit', 'kling-video-o1'],
  [27, T2V, 'kling-v3'],
  [27, FRAMES, 'kling-v3'],
  [27, 'Several shots', 'kling-v3'],
  [27, 'Motion control', 'kling-v3'],
  [28, 'Motion control', 'kling-v3-motion-control'],
  [28, 'Motion control, as other copies of the page have it', 'kling-v3-motion-control'],
  [29, T2V, 'kling-v3-omni'],
  [29, FRAMES, 'kling-v3-omni'],
  [29, 'Video edit', 'kling-v3-omni'],
  [29, 'Several shots', 'kling-v3-omni'],
  [29, 'Reference video', 'kling-v3-omni'],
  [30, T2V, 'veo-3.1-generate-001'],
  [30, I2V, 'veo-3.1-generate-001'],
  [30, FRAMES, 'veo-3.1-generate-001'],
  [31, T2V, 'veo-3.1-fast-generate-001'],
  [31, I2V, 'veo-3.1-fast-generate-001'],
  [31, FRAMES, 'veo-3.1-fast-generate-001'],
  [32, T2V, 'pixverse-v6'],
  [32, I2V, 'pixverse-v6'],
  [32, FRAMES, 'pixverse-v6'],
  [32, 'Extend', 'pixverse-v6'],
  [33, T2V, 'happyhorse-1.0-t2v'],
  [34, I2V, 'happyhorse-1.0-i2v'],
  [34, 'The image by its second name', 'happyhorse-1.0-i2v'],
  [34, 'The image by its third name', 'happyhorse-1.0-i2v'],
  [35, 'Reference to video', 'happyhorse-1.0-r2v'],
  [36, 'Video edit', 'happyhorse-1.0-video-edit'],
];

export const DOCUMENTED_ROWS: readonly DocumentedRow[] = ROWS.flatMap(([row, example, ...models]) =>
  models.map((model) => ({ row, model, example })),
);
