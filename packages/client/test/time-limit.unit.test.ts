import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { limitTime } from '../src/transport/time-limit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('time ends the signal, and says that it was time', () => {
  const limit = limitTime(100, undefined);
  vi.advanceTimersByTime(100);
  expect([limit.signal.aborted, limit.isOver()]).toEqual([true, true]);
});

test('the caller ends it with the reason, and no timer is left although nobody calls done', () => {
  const controller = new AbortController();
  const limit = limitTime(100, controller.signal);
  controller.abort('enough');
  expect([limit.signal.reason, limit.isOver()]).toEqual(['enough', false]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a signal that has ended already leaves no timer either', () => {
  const limit = limitTime(100, AbortSignal.abort('before'));
  expect([limit.signal.reason, vi.getTimerCount()]).toEqual(['before', 0]);
});

test('renewed, the time begins again', () => {
  const limit = limitTime(100, undefined);
  vi.advanceTimersByTime(80);
  limit.renew();
  vi.advanceTimersByTime(80);
  expect(limit.isOver()).toBe(false);
  limit.done();
  expect(vi.getTimerCount()).toBe(0);
});

test('time without end sets no timer, and a time beyond what timers can is cut', () => {
  expect(limitTime(Number.POSITIVE_INFINITY, undefined).isOver()).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
  const limit = limitTime(2 ** 40, undefined);
  vi.advanceTimersByTime(1_000);
  expect(limit.isOver()).toBe(false);
});
