package bolt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"sluice/feed"
	"sluice/storage/record"
)

// SetSources makes these the configured sources; see storage.Sources.
func (s *Store) SetSources(ctx context.Context, sources []feed.Source) error {
	seen := map[feed.SourceID]bool{}
	for _, src := range sources {
		if src.Name == "" || strings.ContainsRune(string(src.Name), 0) {
			return fmt.Errorf("set sources: bad name %q", src.Name)
		}
		if seen[src.Name] {
			return fmt.Errorf("set sources: source %s is there twice", src.Name)
		}
		seen[src.Name] = true
	}
	var ended map[uint32]uint64
	var hosts map[uint32]string
	err := s.update(ctx, func(t *txn) error {
		ended, hosts = map[uint32]uint64{}, make(map[uint32]string, len(sources))
		if err := t.moveSources(sources, ended); err != nil {
			return err
		}
		for _, src := range sources {
			num, err := t.configure(src, ended)
			if err != nil {
				return err
			}
			hosts[num] = src.Host
		}
		return t.retire(seen, ended)
	})
	if err != nil {
		return fmt.Errorf("set sources: %w", err)
	}
	s.claims.configure(hosts, ended)
	return nil
}

// configure brings a source's record to what its configuration says, and returns
// its number. Sources whose running poll asks the wrong address are added to
// ended, with the right one.
func (t *txn) configure(conf feed.Source, ended map[uint32]uint64) (uint32, error) {
	address := feed.Fingerprint(conf.URL)
	src, ok, err := t.sourceNamed(conf.Name)
	if err != nil {
		return 0, err
	}
	var was *record.Source
	if ok {
		before := src
		was = &before
	} else {
		if src, err = t.newSource(conf.Name); err != nil {
			return 0, err
		}
	}
	moved := src.URL != address
	src.Configured, src.Disabled, src.Identity, src.URL = true, conf.Disabled, conf.Identity, address
	if ok && moved {
		ended[src.Num] = address
		src.State = relocated(src.State)
	}
	if src.State.Address != address {
		src.State.ETag, src.State.LastModified, src.State.Origin, src.State.Body = "", "", 0, 0
		src.State.Address = address
	}
	if was != nil && sameSource(*was, src) {
		return src.Num, nil
	}
	return src.Num, t.putSource(conf.Name, was, src)
}

// sameSource reports whether storing the second for the first would change
// nothing, so that a start with an unchanged configuration writes nothing.
func sameSource(a, b record.Source) bool {
	return string(a.Encode()) == string(b.Encode())
}

// relocated is the state of a source whose address changed: what the old server
// said no longer counts.
func relocated(st feed.SourceState) feed.SourceState {
	st.NextPoll, st.NotBefore = time.Time{}, time.Time{}
	st.Freshness, st.Floor, st.SkipHours, st.SkipDays = 0, 0, nil, nil
	st.Failures, st.FailingSince, st.Error, st.Reason = 0, time.Time{}, "", ""
	st.Throttled, st.AcceptAny, st.Same, st.SameSince = time.Time{}, false, 0, time.Time{}
	st.Kept, st.MoveTo, st.MoveCount, st.MoveSince = "", "", 0, time.Time{}
	st.Hubs, st.Topic = nil, ""
	st.Status = feed.StatusNew
	if !st.LastSuccess.IsZero() {
		st.Status = feed.StatusOK
	}
	return st
}

// newSource gives a name the next number.
func (t *txn) newSource(name feed.SourceID) (record.Source, error) {
	n, err := t.bucket(bNames).NextSequence()
	if err != nil {
		return record.Source{}, err
	}
	if n > 1<<32-1 {
		return record.Source{}, errors.New("no number left for a source")
	}
	src := record.Source{Num: uint32(n), State: feed.SourceState{Source: name, Status: feed.StatusNew}}
	return src, t.put(bNames, u32(src.Num), []byte(name))
}

// retire makes every source that is configured no more never due.
func (t *txn) retire(configured map[feed.SourceID]bool, ended map[uint32]uint64) error {
	gone := map[feed.SourceID]record.Source{}
	err := t.eachSource(func(name string, src record.Source) error {
		if src.Configured && !configured[feed.SourceID(name)] {
			gone[feed.SourceID(name)] = src
		}
		return nil
	})
	if err != nil {
		return err
	}
	for name, was := range gone {
		is := was
		is.Configured = false
		ended[is.Num] = 0
		if err := t.putSource(name, &was, is); err != nil {
			return err
		}
	}
	return nil
}
