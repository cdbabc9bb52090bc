/** Markup, in contrast to text, which is escaped where it goes into markup. */
export interface Markup {
  readonly markup: string;
}

export type Content = string | number | Markup | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const isList = (content: Content): content is readonly Content[] => Array.isArray(content);

function written(content: Content): string {
  if (isList(content)) return content.map(written).join('');
  if (typeof content === 'object') return content.markup;
  return String(content).replace(/[&<>"']/g, (character) => entities[character]);
}

/** HTML with whatever is put into it escaped, but for markup. */
export const html = (strings: TemplateStringsArray, ...contents: readonly Content[]): Markup => ({
  markup: String.raw({ raw: strings }, ...contents.map(written)),
});
