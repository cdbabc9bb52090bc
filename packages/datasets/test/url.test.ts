import { describe, expect, it } from 'vitest';
import { fromUrl } from '../src/index.js';
import { answering, messageOf, serve } from './support.js';

describe('fromUrl', () => {
  it('reads files, with or without a slash after the address', async () => {
    const { url, asked } = await serve(answering({ 'a.bin': Uint8Array.from([1, 2, 3]) }));
    expect(await fromUrl(url).read('a.bin')).toEqual(Uint8Array.from([1, 2, 3]));
    expect(await fromUrl(`${url}/`).read('a.bin')).toEqual(Uint8Array.from([1, 2, 3]));
    expect(asked).toEqual(['/a.bin', '/a.bin']);
  });

  it('finds nothing where the server answers 404', async () => {
    const { url } = await serve(answering({}));
    expect(await fromUrl(url).read('a.bin')).toBeUndefined();
  });

  it('names the URL and the status of any other answer', async () => {
    const { url } = await serve((_, response) => response.writeHead(503).end('later'));
    expect(await messageOf(fromUrl(url).read('a.bin'))).toBe(
      `bad-data-file: ${url}/a.bin was refused: HTTP 503 Service Unavailable. Check the address and the connection.`,
    );
  });

  it('names the URL and the reason of a connection that fails', async () => {
    const { url } = await serve((_, response) => response.socket?.destroy());
    expect(await messageOf(fromUrl(url).read('a.bin'))).toMatch(`${url}/a.bin could not be fetched (`);
  });

  it('tells a refused connection', async () => {
    const { url, close } = await serve(answering({}));
    await close();
    const message = await messageOf(fromUrl(url, { remedy: 'Stay at home.' }).read('a.bin'));
    expect(message).toMatch(`${url}/a.bin could not be fetched (`);
    expect(message).toMatch(/ECONNREFUSED.*\. Stay at home\.$/);
  });

  it('tells a body that ends early', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => response.socket?.destroy());
    });
    expect(await messageOf(fromUrl(url).read('a.bin'))).toMatch(`${url}/a.bin could not be fetched (`);
  });
});
