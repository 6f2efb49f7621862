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

// change is a source whose record is to be written: nil stands for what is configured no more.
type change struct {
	name feed.SourceID
	conf *feed.Source
}

// configure brings the sources' records to what their configuration says, those of
// sources that are configured no more included, and returns the hosts by number and
// the states by name.
// Sources whose running poll asks the wrong address are added to ended, with the
// right one. All records are read once, those that change twice, so that of a hundred
// thousand not all are in memory as they were and as they will be; an unchanged
// configuration writes nothing.
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
		is, changed := configured(*was, conf, ended)
		if changed {
			changes = append(changes, change{name, conf})
		}
		if conf != nil {
			delete(missing, name)
			hosts[is.Num] = conf.Host
			states = append(states, shown(&is))
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, c := range changes {
		was, _, err := t.sourceNamed(c.name)
		if err != nil {
			return nil, nil, err
		}
		is, _ := configured(was, c.conf, ended)
		if err := t.putSource(c.name, &was, &is); err != nil {
			return nil, nil, err
		}
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
		src, _ = configured(src, conf, nil)
		if err := t.putSource(conf.Name, nil, &src); err != nil {
			return nil, nil, err
		}
		hosts[src.Num] = conf.Host
		states = append(states, shown(&src))
	}
	if len(states) > known {
		slices.SortFunc(states, func(a, b feed.SourceState) int { return strings.Compare(string(a.Source), string(b.Source)) })
	}
	return hosts, states, nil
}

// configured is a source's record as its configuration wants it (nil: it is configured
// no more), and whether that is another one. ended is nil for one that is new.
func configured(src record.Source, conf *feed.Source, ended map[uint32]uint64) (record.Source, bool) {
	if conf == nil {
		changed := src.Configured
		if changed {
			src.Configured, ended[src.Num] = false, 0
		}
		return src, changed
	}
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
