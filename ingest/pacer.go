package ingest

import (
	"container/heap"
	"context"
	"maps"
	"sync"
	"time"

	"sluice/feed/crash"
)

// pacer decides when a poll may start, by a Pace. Waiting polls are values in a
// queue of their host, so a slow host holds no worker and delays nobody else.
type pacer struct {
	mu      sync.Mutex
	pace    Pace
	taught  func(host string, now time.Time) time.Duration // spacing that a host wants; nil: none does
	hosts   map[string]*hostQueue
	ready   hostHeap        // hosts that have waiting polls and a free place
	full    map[string]bool // hosts that have perHost polls waiting
	running int
	waiting int
	freed   chan struct{} // holds one value when a place became free
	asked   chan struct{} // taken from by run between two starts; see Runner.Pulse
}

// job is a poll. It returns what is left to be done when its places are free again;
// nil: nothing.
type job func() *landing

// hostQueue is what the pacer knows of one host.
type hostQueue struct {
	name    string
	jobs    []job
	running int
	guests  int           // polls that wait here because of a redirect
	freed   chan struct{} // closed for them when a place became free; nil: none waits
	next    time.Time     // no start before this
	index   int           // in the heap; -1 outside
}

func newPacer(pace Pace) *pacer {
	return &pacer{pace: pace.withDefaults(), hosts: map[string]*hostQueue{}, full: map[string]bool{}, freed: make(chan struct{}, 1), asked: make(chan struct{})}
}

// set puts another pace into use. Polls that run end as they are.
func (p *pacer) set(pace Pace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pace = pace.withDefaults()
	now := time.Now()
	for _, q := range p.hosts {
		if latest := now.Add(p.spacing(q.name, now)); q.next.After(latest) { // by the old spacing, which may have been long
			q.next = latest
		}
		p.settle(q)
	}
	heap.Init(&p.ready) // many have moved at once
	p.signal()
}

// spacing is the time between two starts on a host: the configured one, or what the
// host has taught where that is more.
func (p *pacer) spacing(host string, now time.Time) time.Duration {
	if p.taught == nil {
		return p.pace.Spacing
	}
	return max(p.pace.Spacing, p.taught(host, now))
}

// widen moves the next start on a host that has just taught another spacing.
func (p *pacer) widen(host string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if q := p.hosts[host]; q != nil {
		now := time.Now()
		q.next = latest(q.next, now.Add(p.spacing(host, now)))
		p.settle(q)
		p.signal()
	}
}

// add queues a poll of a host. The job runs on a goroutine of the pacer's when
// run lets it start.
func (p *pacer) add(host string, job job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.queue(host)
	q.jobs = append(q.jobs, job)
	p.waiting++
	p.settle(q)
	p.signal()
}

// queue returns the queue of a host.
func (p *pacer) queue(host string) *hostQueue {
	q := p.hosts[host]
	if q == nil {
		q = &hostQueue{name: host, index: -1}
		p.hosts[host] = q
	}
	return q
}

// crowded returns the hosts of which no more polls should be queued.
func (p *pacer) crowded() map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.full)
}

// load returns how many polls wait or run.
func (p *pacer) load() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting + p.running
}

// idle reports whether no poll runs.
func (p *pacer) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running == 0
}

// run starts what may start until the context ends, then drops what still waits
// and returns when the last running poll is done. What polls leave is sent to out.
func (p *pacer) run(ctx context.Context, out chan<- *landing) {
	var polls sync.WaitGroup
	defer polls.Wait()
	defer p.signal() // another run may be waiting for the value that this one took
	for ctx.Err() == nil {
		q, job, wait := p.take(time.Now())
		if job != nil {
			polls.Go(func() {
				defer crash.End()
				p.work(ctx, q, job, out)
			})
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-p.freed:
		case <-p.asked:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// work runs a job, and then whatever may start next: a goroutine that has grown
// its stack once is worth keeping.
func (p *pacer) work(ctx context.Context, q *hostQueue, job job, out chan<- *landing) {
	for job != nil {
		left := job()
		q, job = p.next(ctx, q)
		if left != nil {
			out <- left
		}
	}
}

// take returns the next job that may start now, or how long to wait for one.
func (p *pacer) take(now time.Time) (*hostQueue, job, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pick(now)
}

// pick is take; p.mu is held.
func (p *pacer) pick(now time.Time) (*hostQueue, job, time.Duration) {
	const idle = time.Hour // whatever changes before that signals
	if p.running >= p.pace.Workers || len(p.ready) == 0 {
		return nil, nil, idle
	}
	q := p.ready[0]
	if wait := q.next.Sub(now); wait > 0 {
		// A wall clock that was set back must not stop a host for that long.
		return nil, nil, min(wait, p.spacing(q.name, now))
	}
	job := q.jobs[0]
	q.jobs[0] = nil
	q.jobs = q.jobs[1:]
	q.running++
	q.next = now.Add(p.spacing(q.name, now))
	p.running++
	p.waiting--
	p.settle(q)
	return q, job, 0
}

// next gives the place of a finished poll back and takes the next job, unless the
// context has ended. Both are one step, or run would start another goroutine for it.
func (p *pacer) next(ctx context.Context, q *hostQueue) (*hostQueue, job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q.running--
	p.running--
	q.tell()
	p.settle(q)
	if ctx.Err() == nil {
		if q, job, _ := p.pick(time.Now()); job != nil {
			if p.running < p.pace.Workers && len(p.ready) > 0 {
				p.signal()
			}
			return q, job
		}
	}
	p.signal()
	return nil, nil
}

// settle puts a host where its state wants it: in the heap when one of its
// polls could start but for the time, forgotten when nothing is left of it.
func (p *pacer) settle(q *hostQueue) {
	if len(q.jobs) >= perHost {
		p.full[q.name] = true
	} else if len(p.full) > 0 {
		delete(p.full, q.name)
	}
	able := len(q.jobs) > 0 && q.running < p.pace.PerHost && q.guests == 0
	switch {
	case able && q.index < 0:
		heap.Push(&p.ready, q)
	case able:
		heap.Fix(&p.ready, q.index)
	case q.index >= 0:
		heap.Remove(&p.ready, q.index)
	}
}

// sweep forgets idle hosts whose spacing has passed.
func (p *pacer) sweep(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, q := range p.hosts {
		if len(q.jobs) == 0 && q.running == 0 && q.guests == 0 && !q.next.After(now) {
			delete(p.hosts, name)
		}
	}
}

func (p *pacer) signal() {
	select {
	case p.freed <- struct{}{}:
	default:
	}
}

// hostHeap orders hosts by the time of their next permitted start.
type hostHeap []*hostQueue

func (h hostHeap) Len() int           { return len(h) }
func (h hostHeap) Less(i, j int) bool { return h[i].next.Before(h[j].next) }
func (h hostHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *hostHeap) Push(x any) {
	q := x.(*hostQueue)
	q.index = len(*h)
	*h = append(*h, q)
}

func (h *hostHeap) Pop() any {
	last := len(*h) - 1
	q := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	q.index = -1
	return q
}
