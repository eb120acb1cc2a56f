/** A part of a page. In texts, words between backticks are code. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'code'; readonly text: string }
  /** To another page, by its name. */
  | { readonly kind: 'link'; readonly text: string; readonly page: string };

/** A page as it stands in docs/. Ends with a line break. */
export function toMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(markdownOf).join('\n\n')}\n`;
}

function markdownOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${block.text}`;
    case 'text':
      return block.text;
    case 'list':
      return block.items.map((item) => `- ${item}`).join('\n');
    case 'code':
      return `\`\`\`\n${block.text}\n\`\`\``;
    case 'link':
      return `See [${block.text}](${block.page}.md).`;
  }
}

/** The same as HTML, without the document around it. `folder` is the way to the folder of the pages, with its slash. */
export function toHtml(blocks: readonly Block[], folder: string): string {
  return blocks.map((block) => htmlOf(block, folder)).join('\n');
}

function htmlOf(block: Block, folder: string): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${inline(block.text)}</h${block.level}>`;
    case 'text':
      return `<p>${inline(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`;
    case 'code':
      return `<pre><code>${escaped(block.text)}</code></pre>`;
    case 'link':
      return `<p>See <a href="${folder}${block.page}">${inline(block.text)}</a>.</p>`;
  }
}

function inline(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
