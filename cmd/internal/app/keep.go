package app

import (
	"context"
	"errors"
	"time"

	"sluice/feed/publish"
	"sluice/feed/repeat"
)

// keepEvery is how often the documents that are served are kept for a start. A daemon that
// stops keeps them, too; one that is killed in between builds its outputs before it serves.
const keepEvery = time.Minute

// keepTime bounds how long a stop may take for that.
const keepTime = 2 * time.Second

// kept is when a document of an output was kept last, and which.
type kept struct {
	at    time.Time
	of    *shown
	stamp [32]byte
}

// restore serves what was served before the start, where all that it was made of is as it
// was: subscribers need not wait for the first build. It reports whether it did. The caller
// holds build.
func (o *outputs) restore(ctx context.Context, s *outputSet, out *output) (bool, error) {
	packed, err := o.store.Kept(ctx, out.pub.ID)
	if err != nil || packed == nil {
		return false, err
	}
	infos, err := s.infos.read(ctx, o.store)
	if err != nil {
		return false, err
	}
	stamp := out.Stamp(infos, s.site, out.pub)
	doc, err := publish.Unpack(out.Name, packed, stamp)
	if err != nil {
		if !errors.Is(err, publish.ErrStale) {
			o.log.WarnContext(ctx, "document of before the start cannot be read, built anew", "output", out.Name, "err", err)
		}
		return false, nil
	}
	was := &shown{doc, out.pub, infos}
	out.shown.Store(was)
	out.kept = kept{time.Now(), was, stamp}
	return true, nil
}

// keep keeps the documents that are served for the next start: those that were not kept
// for a while, or, at a stop, all. What cannot be kept is built then.
func (o *outputs) keep(ctx context.Context, all bool) {
	o.build.Lock()
	defer o.build.Unlock()
	s := o.now.Load()
	for _, out := range s.list {
		if !all && time.Since(out.kept.at) < keepEvery {
			continue
		}
		if err := o.keepOne(ctx, s, out); err != nil {
			var tell bool
			if o.unkept, tell = o.unkept.Again(repeat.Kind(err.Error()), time.Now()); tell {
				o.log.WarnContext(ctx, "document not kept for the next start", "output", out.Name, "err", err, "times", o.unkept.Times, "since", o.unkept.Since.UTC())
			}
			return // the store has its reasons, which hold for the others, too
		}
	}
	o.unkept = repeat.Trouble{}
}

func (o *outputs) keepOne(ctx context.Context, s *outputSet, out *output) error {
	now := out.shown.Load()
	if now == nil || now == out.kept.of || out.owing.Load() {
		return nil
	}
	stamp := out.Stamp(now.infos, s.site, now.pub)
	if out.kept.stamp == stamp { // the first build after a start, mostly
		out.kept.of = now
		return nil
	}
	packed, err := now.doc.Pack(stamp)
	if err == nil && packed != nil {
		err = o.store.Keep(ctx, now.pub.ID, packed)
	}
	if err == nil {
		out.kept = kept{time.Now(), now, stamp}
	}
	return err
}
