package record

import (
	"maps"
	"slices"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
)

// Source is what is kept of a source under its name.
type Source struct {
	Num        uint32 // stands for the source in keys and heads, for ever
	Configured bool
	Disabled   bool
	Identity   feed.IdentityMode
	URL        uint64 // feed.Fingerprint of the configured address
	State      feed.SourceState
	Repeated   []dedup.Repeated // lines that its items have in common
	GUIDs      dedup.GUIDs      // what its guids are worth; State.GUIDs is their fault
}

// Encode returns the source's record. The name is its key.
func (s Source) Encode() []byte {
	w := newWriter(512)
	w.uint(uint64(s.Num))
	w.bool(s.Configured)
	w.bool(s.Disabled)
	w.string(string(s.Identity))
	w.fixed(s.URL)
	w.state(&s.State)
	w.repeated(s.Repeated)
	w.guids(s.GUIDs)
	counted := s.State.Past.Polls > 0 || len(s.State.Past.News) > 0 || s.State.Fault != ""
	if counted || s.State.Told != (feed.Told{}) {
		w.told(s.State.Told)
	}
	if counted {
		w.past(&s.State.Past)
	}
	if s.State.Fault != "" {
		w.string(string(s.State.Fault))
		w.int(int64(s.State.Code))
	}
	return w.seal(kindSource)
}

// DecodeSource reads a source's record; State has no Source. The error is
// ErrInvalid.
func DecodeSource(b []byte) (Source, error) {
	r, err := open(kindSource, b)
	if err != nil {
		return Source{}, err
	}
	var s Source
	s.Num = uint32(r.uint())
	s.Configured = r.bool()
	s.Disabled = r.bool()
	s.Identity = feed.IdentityMode(r.string())
	s.URL = r.fixed()
	r.state(&s.State)
	if r.more() { // so do those of before lines were
		s.Repeated = list(r, r.repeated)
	}
	if r.more() {
		s.GUIDs = r.guids()
		s.State.GUIDs = s.GUIDs.Fault
	}
	if r.more() {
		s.State.Told = r.told()
	}
	if r.more() {
		s.State.Past = r.past()
	}
	if r.more() {
		s.State.Fault, s.State.Code = feed.Fault(r.string()), int(r.int())
	}
	return s, r.end()
}

// SourceNum reads the number of a source's record alone. The error is
// ErrInvalid.
func SourceNum(b []byte) (uint32, error) {
	body, err := unseal(kindSource, b)
	if err != nil {
		return 0, err
	}
	r := &reader{b: string(body[:min(len(body), 8)])}
	num := uint32(r.uint())
	return num, r.err
}

func (w *writer) state(s *feed.SourceState) {
	w.string(string(s.Status))
	w.string(s.ETag)
	w.string(s.LastModified)
	w.fixed(s.Address)
	w.fixed(s.Origin)
	w.fixed(s.Body)
	for _, t := range []time.Time{
		s.LastAttempt, s.LastSuccess, s.LastNew, s.FirstPoll, s.NextPoll, s.NotBefore,
	} {
		w.time(t)
	}
	for _, d := range []time.Duration{s.Freshness, s.Floor, s.Interval, s.Quiet} {
		w.int(int64(d))
	}
	w.uint(uint64(len(s.SkipHours)))
	for _, h := range s.SkipHours {
		w.int(int64(h))
	}
	w.uint(uint64(len(s.SkipDays)))
	for _, d := range s.SkipDays {
		w.int(int64(d))
	}
	w.int(int64(s.Failures))
	w.string(s.Error)
	// In order of their names: the same state gives the same bytes.
	w.uint(uint64(len(s.Warnings)))
	for _, name := range slices.Sorted(maps.Keys(s.Warnings)) {
		w.string(name)
		w.int(int64(s.Warnings[name]))
	}
	i := &s.Info
	for _, t := range []string{i.ID, i.Title, i.Description, i.Link, i.Self, i.Language, i.Image, i.Format} {
		w.string(t)
	}
	w.int(int64(s.Articles))
	w.trouble(s)
}

func (r *reader) state(s *feed.SourceState) {
	s.Status = feed.Status(r.string())
	s.ETag = r.string()
	s.LastModified = r.string()
	s.Address = r.fixed()
	s.Origin = r.fixed()
	s.Body = r.fixed()
	for _, t := range []*time.Time{
		&s.LastAttempt, &s.LastSuccess, &s.LastNew, &s.FirstPoll, &s.NextPoll, &s.NotBefore,
	} {
		*t = r.time()
	}
	for _, d := range []*time.Duration{&s.Freshness, &s.Floor, &s.Interval, &s.Quiet} {
		*d = time.Duration(r.int())
	}
	s.SkipHours = list(r, func() int { return int(r.int()) })
	s.SkipDays = list(r, func() time.Weekday { return time.Weekday(r.int()) })
	s.Failures = int(r.int())
	s.Error = r.string()
	if n := r.count(); n > 0 {
		s.Warnings = make(map[string]int, min(n, 64))
		for range n {
			name := r.string()
			s.Warnings[name] = int(r.int())
		}
	}
	i := &s.Info
	for _, t := range []*string{
		&i.ID, &i.Title, &i.Description, &i.Link, &i.Self, &i.Language, &i.Image, &i.Format,
	} {
		*t = r.string()
	}
	s.Articles = int(r.int())
	if r.more() { // records of before it was kept end here
		r.trouble(s)
	}
}

// trouble is what is remembered beyond the last poll: of failures, of limits
// that a publisher showed, of where it moved to and who tells its news.
func (w *writer) trouble(s *feed.SourceState) {
	w.string(s.Reason)
	w.bool(s.AcceptAny)
	for _, t := range []time.Time{s.FailingSince, s.Throttled, s.SameSince, s.MoveSince} {
		w.time(t)
	}
	w.int(int64(s.Same))
	w.int(int64(s.MoveCount))
	w.string(s.Kept)
	w.string(s.MoveTo)
	w.string(s.Topic)
	w.uint(uint64(len(s.Hubs)))
	for _, hub := range s.Hubs {
		w.string(hub)
	}
}

func (r *reader) trouble(s *feed.SourceState) {
	s.Reason = r.string()
	s.AcceptAny = r.bool()
	for _, t := range []*time.Time{&s.FailingSince, &s.Throttled, &s.SameSince, &s.MoveSince} {
		*t = r.time()
	}
	s.Same = int(r.int())
	s.MoveCount = int(r.int())
	s.Kept = r.string()
	s.MoveTo = r.string()
	s.Topic = r.string()
	s.Hubs = list(r, r.string)
}

func (w *writer) repeated(all []dedup.Repeated) {
	w.uint(uint64(len(all)))
	for _, line := range all {
		w.fixed(line.Line)
		w.uint(uint64(line.Times))
		w.uint(uint64(line.Day))
	}
}

func (r *reader) repeated() dedup.Repeated {
	return dedup.Repeated{Line: r.fixed(), Times: uint8(r.uint()), Day: uint32(r.uint())}
}

func (w *writer) guids(g dedup.GUIDs) {
	w.string(string(g.Fault))
	for _, n := range []int{g.Shared, g.Changed, g.Reused} {
		w.int(int64(n))
	}
}

func (r *reader) guids() dedup.GUIDs {
	return dedup.GUIDs{Fault: feed.GUIDFault(r.string()), Shared: int(r.int()), Changed: int(r.int()), Reused: int(r.int())}
}

func (w *writer) past(p *feed.Past) {
	w.int(int64(p.Since))
	for _, n := range []uint64{p.Polls, p.NotModified, p.Failures, p.Size, p.Saved} {
		w.uint(n)
	}
	w.uint(uint64(len(p.News)))
	var last feed.Day
	for _, n := range p.News { // they rise, and mostly by one
		w.int(int64(n.Day) - int64(last))
		w.uint(uint64(n.New))
		last = n.Day
	}
}

func (r *reader) past() feed.Past {
	p := feed.Past{Since: feed.Day(r.int())}
	for _, n := range []*uint64{&p.Polls, &p.NotModified, &p.Failures, &p.Size, &p.Saved} {
		*n = r.uint()
	}
	var last feed.Day
	p.News = list(r, func() feed.DayNews {
		last += feed.Day(r.int())
		return feed.DayNews{Day: last, New: int(r.uint())}
	})
	return p
}
