package bolt

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"sluice/feed"
	"sluice/storage"
	"sluice/storage/record"

	"go.etcd.io/bbolt"
)

// sourceNamed returns what is kept under the name, and whether there is any.
func (t *txn) sourceNamed(name feed.SourceID) (record.Source, bool, error) {
	v := t.get(bSources, []byte(name))
	if v == nil {
		return record.Source{}, false, nil
	}
	src, err := decodeSource(name, v)
	return src, err == nil, err
}

// source returns a source by its number, which keys and heads name.
func (t *txn) source(num uint32) (feed.SourceID, record.Source, error) {
	name, err := t.name(num)
	if err != nil {
		return "", record.Source{}, err
	}
	src, ok, err := t.sourceNamed(name)
	if err == nil && !ok {
		err = damaged("source %s is missing", name)
	}
	return name, src, err
}

func (t *txn) name(num uint32) (feed.SourceID, error) {
	if name, ok := t.names[num]; ok {
		return name, nil
	}
	v := t.get(bNames, u32(num))
	if v == nil {
		return "", damaged("source number %d has no name", num)
	}
	if len(v) > bbolt.MaxKeySize {
		return "", damaged("source number %d has a name of %d bytes", num, len(v))
	}
	name := feed.SourceID(v)
	t.names[num] = name
	return name, nil
}

// eachSource calls f for each source, configured or not, in the order of their names. f
// copies what it keeps of the record: one of them is used for all.
func (t *txn) eachSource(f func(src *record.Source) error) error {
	var src record.Source
	return t.scan(bSources, nil, func(k, v []byte) (err error) {
		if src, err = decodeSource(feed.SourceID(k), v); err != nil {
			return err
		}
		return f(&src)
	})
}

// decodeSource reads a record and gives the state its name.
func decodeSource(name feed.SourceID, v []byte) (record.Source, error) {
	src, err := record.DecodeSource(v)
	if err != nil {
		return src, broken("source "+string(name), err)
	}
	src.State.Source = name
	return src, nil
}

// shown is the state as callers see it. That a source is disabled is the
// configuration's word, laid over a status that comes back with the next one.
func shown(src *record.Source) feed.SourceState {
	st := src.State
	if src.Disabled {
		st.Status = feed.StatusDisabled
	}
	return st
}

// putSource stores a source in place of what it was (nil: nothing) and moves it
// in the order of due sources.
func (t *txn) putSource(name feed.SourceID, was, is *record.Source) error {
	t.moved(was, is)
	return t.put(bSources, []byte(name), is.Encode())
}

// States returns the configured sources' states; see storage.Sources.
func (s *Store) States(ctx context.Context) ([]feed.SourceState, error) {
	s.claims.mu.Lock()
	all := make([]feed.SourceState, 0, len(s.claims.hosts))
	s.claims.mu.Unlock()
	err := s.EachState(ctx, func(st *feed.SourceState) error {
		all = append(all, *st)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// EachState walks the configured sources' states; see storage.Sources.
func (s *Store) EachState(ctx context.Context, f func(st *feed.SourceState) error) error {
	err := s.view(ctx, func(t *txn) error {
		var st feed.SourceState // one for all: f copies what it keeps
		return t.eachSource(func(src *record.Source) error {
			if !src.Configured {
				return nil
			}
			st = shown(src)
			return f(&st)
		})
	})
	if err != nil {
		return fmt.Errorf("states: %w", err)
	}
	return nil
}

// StatesOf returns the states of some sources; see storage.Sources.
func (s *Store) StatesOf(ctx context.Context, names []feed.SourceID) ([]feed.SourceState, error) {
	var all []feed.SourceState
	err := s.view(ctx, func(t *txn) error {
		all = make([]feed.SourceState, 0, len(names))
		for _, name := range names {
			src, ok, err := t.sourceNamed(name)
			if err != nil {
				return err
			}
			if ok && src.Configured {
				all = append(all, shown(&src))
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("states: %w", err)
	}
	return all, nil
}

// Reschedule sets next polls; see storage.Sources.
func (s *Store) Reschedule(ctx context.Context, next map[feed.SourceID]storage.Schedule) error {
	err := s.retime(ctx, slices.Collect(maps.Keys(next)), func(st *feed.SourceState) {
		to := next[st.Source]
		st.NextPoll = to.NextPoll
		if to.Interval != 0 {
			st.Interval = to.Interval
		}
		if !to.NotBefore.IsZero() {
			st.NotBefore = to.NotBefore
		}
		if to.Reason != "" {
			st.Reason = to.Reason
		}
	})
	if err != nil {
		return fmt.Errorf("reschedule: %w", err)
	}
	return nil
}

// Postpone makes sources wait; see storage.Sources.
func (s *Store) Postpone(ctx context.Context, sources []feed.SourceID, until time.Time) error {
	err := s.retime(ctx, sources, func(st *feed.SourceState) {
		st.NextPoll, st.NotBefore = later(st.NextPoll, until), later(st.NotBefore, until)
	})
	if err != nil {
		return fmt.Errorf("postpone: %w", err)
	}
	return nil
}

// Revive forgets failures; see storage.Sources.
func (s *Store) Revive(ctx context.Context, sources ...feed.SourceID) error {
	err := s.retime(ctx, sources, func(st *feed.SourceState) {
		st.Status = feed.StatusOK
		if st.LastSuccess.IsZero() {
			st.Status = feed.StatusNew
		}
		st.Failures, st.FailingSince, st.Error, st.Reason = 0, time.Time{}, "", ""
		st.Fault, st.Code = "", 0
		st.NextPoll = st.NotBefore
	})
	if err != nil {
		return fmt.Errorf("revive: %w", err)
	}
	return nil
}

// retime changes the times of those of the sources that are configured and under
// no claim.
func (s *Store) retime(ctx context.Context, sources []feed.SourceID, change func(st *feed.SourceState)) error {
	if len(sources) == 0 {
		return ctx.Err()
	}
	return s.update(ctx, func(t *txn) error {
		for _, name := range sources {
			was, ok, err := t.sourceNamed(name)
			if err != nil {
				return err
			}
			if !ok || !was.Configured || s.claims.held(was.Num) {
				continue
			}
			is := was
			change(&is.State)
			if err := t.putSource(name, &was, &is); err != nil {
				return err
			}
		}
		return nil
	})
}
