/** Fenced blocks of a page of Markdown in their order: the word after the fence, and the lines. */
export function codeBlocks(markdown: string): readonly { readonly language: string; readonly text: string }[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}
