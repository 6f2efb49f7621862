package bolt

import (
	"context"
	"fmt"
	"sync"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/record"
)

// claims are the polls that run. They are kept in memory: the process that holds
// the file is the only one that polls, and its polls end with it.
type claims struct {
	mu       sync.Mutex
	bySource map[uint32]*claim
	byToken  map[uint64]*claim // the same ones
	last     uint64            // token given last
	due      dueList
	hosts    map[uint32]string // of the configured sources
}

type claim struct {
	source  feed.SourceID // its name when it was claimed
	num     uint32
	url     uint64 // fingerprint of the address that it was to ask
	mode    feed.IdentityMode
	token   uint64
	expires time.Time
	merging bool // its delivery is being stored: too late to be given to another
}

func newClaims() *claims {
	return &claims{bySource: map[uint32]*claim{}, byToken: map[uint64]*claim{}}
}

// take gives the source to a new claim; the caller holds the lock.
func (c *claims) take(rec *record.Source, expires time.Time) storage.Claim {
	c.last++
	c.remove(c.bySource[rec.Num])
	name := rec.State.Source
	cl := &claim{source: name, num: rec.Num, url: rec.URL, mode: rec.Identity, token: c.last, expires: expires}
	c.bySource[cl.num], c.byToken[cl.token] = cl, cl
	return storage.Claim{Source: name, State: shown(rec), Token: c.last, Expires: expires}
}

// remove ends a claim, if there is one; the caller holds the lock.
func (c *claims) remove(cl *claim) {
	if cl == nil {
		return
	}
	delete(c.byToken, cl.token)
	if c.bySource[cl.num] == cl {
		delete(c.bySource, cl.num)
		c.due.free(cl.num)
	}
}

// current reports whether the source is claimed at now; the caller holds the
// lock.
func (c *claims) current(num uint32, now time.Time) bool {
	cl := c.bySource[num]
	return cl != nil && (cl.merging || now.Before(cl.expires))
}

// host is where a configured source is polled; empty of others.
func (c *claims) host(num uint32) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hosts[num]
}

// polled are the hosts at which configured sources are polled.
func (c *claims) polled() map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[string]bool, len(c.hosts))
	for _, host := range c.hosts {
		all[host] = true
	}
	return all
}

// held reports whether the source is claimed, as far as anybody said.
func (c *claims) held(num uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bySource[num] != nil
}

// begin starts the merging of a delivery made under a claim, and returns what
// was claimed. It fails unless the claim is current at the given time.
func (c *claims) begin(of storage.Claim, at time.Time) (claim, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cl := c.byToken[of.Token]
	if cl == nil || cl.source != of.Source || cl.merging || !at.Before(cl.expires) {
		return claim{}, false
	}
	cl.merging = true
	return *cl, true
}

// end ends the claim after its delivery, or gives it back when that failed.
func (c *claims) end(of claim, stored bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cl := c.bySource[of.num]
	switch {
	case cl == nil || cl.token != of.token:
	case stored:
		c.remove(cl)
	default:
		cl.merging = false
	}
}

// moved takes in what a commit moved in the order of due sources.
func (c *claims) moved(moves []dueMove) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.due.move(moves)
}

// configure takes over the hosts of the configured sources and ends claims on
// those that are now to be asked elsewhere or not at all, given the fingerprint
// of the right address.
func (c *claims) configure(hosts map[uint32]string, asked map[uint32]uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts = hosts
	for num, url := range asked {
		if cl := c.bySource[num]; cl != nil && cl.url != url {
			c.remove(cl)
		}
	}
}

// Claim takes due sources; see storage.Sources.
func (s *Store) Claim(ctx context.Context, d storage.Due) ([]storage.Claim, error) {
	if d.Max <= 0 {
		return nil, nil
	}
	var taken []storage.Claim
	var places []dueAt // of these
	ofHost := map[string]int{}
	// The lock is held over the look, so that a change of the sources is either
	// seen here or ends the claims made here.
	s.claims.mu.Lock()
	defer s.claims.mu.Unlock()
	err := s.view(ctx, func(t *txn) error {
		order := &s.claims.due
		if err := order.learn(t, s.claims.bySource); err != nil {
			return err
		}
		order.expire(d.At)
		for next := range order.order.all() {
			if next.at > d.At.UnixMicro() || len(taken) == d.Max {
				break
			}
			host := s.claims.hosts[next.num]
			if d.Except[host] || d.PerHost > 0 && ofHost[host] >= d.PerHost || s.claims.current(next.num, d.At) {
				continue
			}
			name, src, err := t.dueSource(next)
			if err != nil {
				return err
			}
			if name != "" {
				taken, places = append(taken, s.claims.take(&src, d.At.Add(d.Lease))), append(places, next)
				ofHost[host]++
			}
		}
		return nil
	})
	if err != nil {
		for _, c := range taken {
			s.claims.forget(c)
		}
		return nil, fmt.Errorf("claim: %w", err)
	}
	for i, at := range places {
		s.claims.due.claimed(at, taken[i].Expires)
	}
	return taken, nil
}

// dueSource returns the source at a place in the order; none where a write that has just
// been committed moved it.
func (t *txn) dueSource(at dueAt) (feed.SourceID, record.Source, error) {
	if t.get(bNames, u32(at.num)) == nil {
		return "", record.Source{}, nil
	}
	name, src, err := t.source(at.num)
	if err != nil || !due(&src) || placeOf(&src) != at {
		return "", record.Source{}, err
	}
	return name, src, nil
}

// ClaimSource takes one source; see storage.Sources.
func (s *Store) ClaimSource(
	ctx context.Context, now time.Time, source feed.SourceID, lease time.Duration,
) (c storage.Claim, err error) {
	s.claims.mu.Lock()
	defer s.claims.mu.Unlock()
	err = s.view(ctx, func(t *txn) error {
		src, ok, err := t.sourceNamed(source)
		switch {
		case err != nil:
			return err
		case !ok || !src.Configured:
			return storage.ErrNoSource
		case s.claims.current(src.Num, now):
			return storage.ErrBusy
		}
		c = s.claims.take(&src, now.Add(lease))
		s.claims.due.claimed(placeOf(&src), c.Expires)
		return nil
	})
	if err != nil {
		return storage.Claim{}, fmt.Errorf("source %s: %w", source, err)
	}
	return c, nil
}

// ClaimSources takes many sources; see storage.Sources.
func (s *Store) ClaimSources(
	ctx context.Context, now time.Time, lease time.Duration, names []feed.SourceID, want func(*feed.SourceState) bool,
) (taken []storage.Claim, left []feed.SourceState, err error) {
	s.claims.mu.Lock()
	defer s.claims.mu.Unlock()
	var st feed.SourceState // one for all
	look := func(src *record.Source) {
		if st = shown(src); s.claims.current(src.Num, now) || !want(&st) {
			left = append(left, st)
		} else {
			taken = append(taken, s.claims.take(src, now.Add(lease)))
			s.claims.due.claimed(placeOf(src), now.Add(lease))
		}
	}
	err = s.view(ctx, func(t *txn) error {
		if names != nil {
			return t.named(names, look)
		}
		taken = make([]storage.Claim, 0, len(s.claims.hosts))
		return t.eachSource(func(src *record.Source) error {
			if src.Configured {
				look(src)
			}
			return nil
		})
	})
	if err != nil {
		for _, c := range taken {
			s.claims.forget(c)
		}
		return nil, nil, fmt.Errorf("claim: %w", err)
	}
	return taken, left, nil
}

// named calls f for each of the sources named, if all are configured.
func (t *txn) named(names []feed.SourceID, f func(*record.Source)) error {
	found := make([]record.Source, 0, len(names))
	for _, name := range names {
		src, ok, err := t.sourceNamed(name)
		if err != nil {
			return err
		}
		if !ok || !src.Configured {
			return fmt.Errorf("%w %q", storage.ErrNoSource, name)
		}
		found = append(found, src)
	}
	for i := range found {
		f(&found[i])
	}
	return nil
}

// Release ends a claim; see storage.Sources.
func (s *Store) Release(_ context.Context, c storage.Claim) error {
	s.claims.mu.Lock()
	defer s.claims.mu.Unlock()
	s.claims.forget(c)
	return nil
}

// forget ends a claim whose delivery has not begun; the caller holds the lock.
func (c *claims) forget(of storage.Claim) {
	if cl := c.byToken[of.Token]; cl != nil && cl.source == of.Source && !cl.merging {
		c.remove(cl)
	}
}

// NextDue returns when the next source can be claimed; see storage.Sources.
func (s *Store) NextDue(ctx context.Context, except map[string]bool) (next time.Time, ok bool, err error) {
	s.claims.mu.Lock()
	defer s.claims.mu.Unlock()
	err = s.view(ctx, func(t *txn) error {
		order := &s.claims.due
		if err := order.learn(t, s.claims.bySource); err != nil {
			return err
		}
		for _, list := range []*placeList{&order.order, &order.ends} {
			for place := range list.all() {
				if except[s.claims.hosts[place.num]] {
					continue
				}
				if due := place.time(); !ok || due.Before(next) {
					next, ok = due, true
				}
				break // nothing behind is earlier
			}
		}
		return nil
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("next due source: %w", err)
	}
	return next, ok, nil
}
