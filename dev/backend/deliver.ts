import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import { json, type Reply, text } from './reply.ts';

const page = '<!doctype html><title>Welcome</title><h1>Please sign in to use this network</h1>';

/** The answer that a fault gives instead of the handler's; undefined where the request is handled. */
export function insteadOf(fault: Fault | undefined): Reply | undefined {
  switch (fault?.kind) {
    case 'status': {
      const { status, body, headers = {} } = fault;
      if (body === undefined) return { status, headers, body: '' };
      return typeof body === 'string' ? text(status, body, headers) : json(status, body, headers);
    }
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: page };
    case 'redirect':
      return { status: 307, headers: { location: fault.location }, body: '' };
    default:
      return undefined;
  }
}

/** Writes an answer, whole or as the fault wants it. */
export function deliver(response: ServerResponse, reply: Reply, fault: Fault | undefined): void {
  const body = Buffer.from(reply.body);
  if (fault?.kind === 'lost') {
    response.destroy();
    return;
  }
  const promised = fault?.kind === 'cut' ? Math.max(body.length, 2) : body.length;
  response.writeHead(reply.status, { ...reply.headers, 'content-length': promised });
  if (fault?.kind === 'cut') {
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
    response.flushHeaders();
    if (body.length < 2) response.destroy();
  } else if (fault?.kind === 'drip') {
    drip(response, body, fault.everyMs);
  } else {
    response.end(body);
  }
}

function drip(response: ServerResponse, body: Buffer, everyMs: number): void {
  response.flushHeaders();
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, ++sent));
    if (sent < body.length) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}
