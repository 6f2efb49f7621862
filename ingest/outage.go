package ingest

import (
	"context"
	"errors"
	"strings"
	"time"

	"sluice/feed"
	"sluice/ingest/fetch"
	"sluice/ingest/schedule"
	"sluice/storage"
)

const (
	// outageHosts is how many hosts in a row, and outageWindow within what time, must
	// not be reached until the fault is taken for our own network's.
	outageHosts  = 5
	outageWindow = 5 * time.Minute
	// fewWindow is that time where there are fewer hosts, whose polls are far apart.
	fewWindow = 24 * time.Hour
	// While the network is down one source at a time is asked: after the first pause,
	// then after twice as long, up to the last.
	firstPause = time.Minute
	lastPause  = 5 * time.Minute
)

// sign is what a poll says of our network.
type sign int

const (
	reached   sign = iota // somebody answered, with whatever
	unreached             // nobody did, which may be the host's fault
	unrouted              // there was no way to the host, or no word of it from the resolver: rarely its fault
	offline               // this machine has no way to anybody: never the host's fault
)

// outage tells a network of ours that is down from publishers that are. Whoever
// answers, with whatever, shows that it is up.
//
// It is down when this machine is offline, and when five hosts in a row are not
// reached, for whatever reason. Where there are fewer, dead publishers could be all of
// them: then it takes all hosts there are, in a row, of which none answers in between,
// and only what is rarely a host's fault counts. One host alone is never enough for
// that, since whatever befalls it may be its own: with one, only being offline counts.
// A host that was in trouble while others were answered is none of them.
//
// The zero value says that it is up and that there are many hosts. It is guarded by
// Runner.mu.
type outage struct {
	hosts    int                  // that are polled; 0: many
	own      map[string]bool      // of these, those in trouble of their own
	answered time.Time            // when anybody last was reached
	missed   map[string]time.Time // hosts that were not reached since then, and when
	down     bool
	pause    time.Duration
	probe    time.Time // when the next source may be asked while it is down
}

// note takes in what a poll of a host said, and reports whether a host that was not
// reached is to be blamed on our network, and whether that went down or came back.
//
// since is when the trouble of a host that was not reached began. Where others were
// answered after that, it is the host's own and no sign of an outage: who never
// answers is heard of last, and so the dead of many hosts come in a row.
func (o *outage) note(host string, s sign, since, at time.Time) (ours, changed bool) {
	if s != reached && s != offline && !o.down && since.Before(o.answered) {
		if o.own == nil {
			o.own = map[string]bool{}
		}
		o.own[host] = true
		return false, false
	}
	delete(o.own, host)
	switch {
	case s == reached:
		changed = o.down
		*o = outage{hosts: o.hosts, own: o.own, answered: at}
		return false, changed
	case !o.counts(s):
		delete(o.missed, host) // it does not answer by itself
		o.probe = at.Add(o.pause)
		return false, false
	}
	need, window := outageHosts, outageWindow
	if o.few() {
		need, window = o.hosts-len(o.own), fewWindow
	}
	if o.missed == nil {
		o.missed = map[string]time.Time{}
	}
	for name, when := range o.missed {
		if !o.down && at.Sub(when) > window {
			delete(o.missed, name)
		}
	}
	o.missed[host] = at
	switch {
	case o.down:
		o.pause = min(2*o.pause, lastPause)
	case s != offline && len(o.missed) < need:
		return false, false
	default:
		o.down, o.pause, changed = true, firstPause, true
	}
	o.probe = at.Add(o.pause)
	return true, changed
}

func (o *outage) few() bool { return o.hosts > 0 && o.hosts-len(o.own) < outageHosts }

// counts reports whether a sign may be one of an outage.
func (o *outage) counts(s sign) bool {
	switch {
	case s == offline || !o.few():
		return true
	case s == unrouted:
		return o.hosts-len(o.own) > 1
	}
	return false
}

// admit reports whether a source may be asked: all while the network is up, and
// one at a time to see whether it is.
func (o *outage) admit(now time.Time) bool {
	if !o.down {
		return true
	}
	if now.Before(o.probe) {
		return false
	}
	o.probe = now.Add(lastPause) // nobody else until this one has been heard of
	return true
}

// admitted reports whether a source may be asked as far as our network goes.
// Files are none of its affair.
func (r *Runner) admitted(s *Source, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return isFile(s) || r.outage.admit(now)
}

// answered is when a source that is asked over the network last was, by the states.
func answered(states []feed.SourceState, sources map[feed.SourceID]*Source, now time.Time) (last time.Time) {
	for i := range states {
		st := &states[i]
		// A time ahead of now is a clock's that was fast.
		if s := sources[st.Source]; s != nil && !isFile(s) && !st.LastSuccess.After(now) {
			last = latest(last, st.LastSuccess)
		}
	}
	return last
}

// blame reports whether a poll that began then failed by our own network, and logs
// when that goes down and comes back. before is the source's state until now.
func (r *Runner) blame(ctx context.Context, s *Source, before *feed.SourceState, res *result, began, at time.Time) bool {
	if isFile(s) || ctx.Err() != nil || errors.Is(res.err, fetch.ErrBlocked) {
		return false // they say nothing of the network
	}
	since := began
	if before.Failures > 0 {
		since = before.FailingSince
	}
	r.mu.Lock()
	ours, changed := r.outage.note(s.Host, signOf(res), since, at)
	r.mu.Unlock()
	switch {
	case changed && ours:
		r.log.WarnContext(ctx, "no host can be reached: polls pause until one can be; check the network of this machine", "err", res.err)
	case changed:
		r.log.InfoContext(ctx, "hosts can be reached again", "source", s.Name)
	}
	return ours
}

// signOf is what came of a request as a sign of how our network is.
func signOf(res *result) sign {
	switch {
	// Who sends us elsewhere was reached, whatever came of it there.
	case res.err == nil || res.answer.Status != 0 || res.answer.Redirects > 0:
		return reached
	case errors.Is(res.err, fetch.ErrOffline):
		return offline
	case errors.Is(res.err, fetch.ErrUnrouted):
		return unrouted
	}
	return unreached
}

// asked counts the hosts that sources are polled at over the network.
func asked(sources []Source) int {
	hosts := map[string]bool{}
	for i := range sources {
		if s := &sources[i]; !s.Disabled && !isFile(s) {
			hosts[s.Host] = true
		}
	}
	return len(hosts)
}

func isFile(s *Source) bool { return strings.HasPrefix(s.URL, "file:") }

// await puts off the poll of a source that is not asked while our network is down,
// for some minutes: what is overdue then returns apart.
func (r *Runner) await(ctx context.Context, c storage.Claim, now time.Time) Report {
	rep := Report{
		Source: c.Source, Outcome: NotDue, At: now, Why: reasonOwnTrouble,
		Next: schedule.Spread(now.Add(firstPause), ownTrouble, r.opt.Chance()),
	}
	rep.Err = r.putOff(ctx, c, func() error {
		return r.store.Reschedule(ctx, map[feed.SourceID]storage.Schedule{c.Source: {NextPoll: rep.Next, Reason: rep.Why}})
	})
	return rep
}

// putOff ends a claim without a poll and has the next one moved, which a claim
// would not allow.
func (r *Runner) putOff(ctx context.Context, c storage.Claim, move func() error) error {
	if err := r.store.Release(ctx, c); err != nil {
		return err
	}
	return move()
}
