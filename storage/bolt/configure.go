package bolt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluice/feed"
	"sluice/storage/record"
)

// errUnchanged ends a transaction that wrote nothing: to commit it would cost two fsyncs
// at each start.
var errUnchanged = errors.New("nothing was changed")

// SetSources makes these the configured sources; see storage.Sources.
func (s *Store) SetSources(ctx context.Context, sources []feed.Source) ([]feed.SourceState, error) {
	seen := make(map[feed.SourceID]bool, len(sources))
	for _, src := range sources {
		if src.Name == "" || strings.ContainsRune(string(src.Name), 0) {
			return nil, fmt.Errorf("set sources: bad name %q", src.Name)
		}
		if seen[src.Name] {
			return nil, fmt.Errorf("set sources: source %s is there twice", src.Name)
		}
		seen[src.Name] = true
	}
	var ended map[uint32]uint64
	var hosts map[uint32]string
	var states []feed.SourceState
	err := s.update(ctx, func(t *txn) error {
		ended = map[uint32]uint64{}
		if err := t.moveSources(sources, ended); err != nil {
			return err
		}
		var err error
		if hosts, states, err = t.configure(sources, ended); err == nil && !t.wrote {
			err = errUnchanged
		}
		return err
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return nil, fmt.Errorf("set sources: %w", err)
	}
	s.claims.configure(hosts, ended)
	return states, nil
}

// change is a source's record that is to be written, and what it was: nil for a
// source that is new.
type change struct {
	name feed.SourceID
	was  *record.Source
	is   record.Source
}

// configure brings the sources' records to what their configuration says, those of
// sources that are configured no more included, and returns the hosts by number and
// the states by name.
// Sources whose running poll asks the wrong address are added to ended, with the
// right one. All records are read once; an unchanged configuration writes nothing.
func (t *txn) configure(sources []feed.Source, ended map[uint32]uint64) (map[uint32]string, []feed.SourceState, error) {
	missing := make(map[feed.SourceID]*feed.Source, len(sources))
	for i := range sources {
		missing[sources[i].Name] = &sources[i]
	}
	hosts := make(map[uint32]string, len(sources))
	states := make([]feed.SourceState, 0, len(sources))
	var changes []change
	err := t.eachSource(func(was *record.Source) error {
		name := was.State.Source
		conf := missing[name]
		switch {
		case conf != nil:
			delete(missing, name)
			hosts[was.Num] = conf.Host
			is, changed := configured(*was, conf, ended)
			states = append(states, shown(&is))
			if changed {
				old := *was // made only where it is needed
				changes = append(changes, change{name, &old, is})
			}
		case was.Configured:
			old, is := *was, *was
			is.Configured = false
			ended[is.Num] = 0
			changes = append(changes, change{name, &old, is})
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	known := len(states)
	for i := range sources { // in this order they are numbered
		conf := &sources[i]
		if missing[conf.Name] == nil {
			continue
		}
		src, err := t.newSource(conf.Name)
		if err != nil {
			return nil, nil, err
		}
		hosts[src.Num] = conf.Host
		src, _ = configured(src, conf, nil)
		states = append(states, shown(&src))
		changes = append(changes, change{conf.Name, nil, src})
	}
	for _, c := range changes {
		if err := t.putSource(c.name, c.was, &c.is); err != nil {
			return nil, nil, err
		}
	}
	if len(states) > known {
		slices.SortFunc(states, func(a, b feed.SourceState) int { return strings.Compare(string(a.Source), string(b.Source)) })
	}
	return hosts, states, nil
}

// configured is a source's record as its configuration wants it, and whether that
// is another one. ended is nil for one that is new.
func configured(src record.Source, conf *feed.Source, ended map[uint32]uint64) (record.Source, bool) {
	address := feed.Fingerprint(conf.URL)
	changed := !src.Configured || src.Disabled != conf.Disabled || src.Identity != conf.Identity
	if src.URL != address && ended != nil {
		ended[src.Num] = address
		src.State = relocated(src.State)
	}
	if src.URL != address || src.State.Address != address {
		src.State.ETag, src.State.LastModified, src.State.Origin, src.State.Body = "", "", 0, 0
		src.State.Address = address
		changed = true
	}
	src.Configured, src.Disabled, src.Identity, src.URL = true, conf.Disabled, conf.Identity, address
	return src, changed
}

// relocated is the state of a source whose address changed: what the old server
// said no longer counts.
func relocated(st feed.SourceState) feed.SourceState {
	st.NextPoll, st.NotBefore = time.Time{}, time.Time{}
	st.Freshness, st.Floor, st.SkipHours, st.SkipDays = 0, 0, nil, nil
	st.Failures, st.FailingSince, st.Error, st.Reason = 0, time.Time{}, "", ""
	st.Fault, st.Code = "", 0
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
