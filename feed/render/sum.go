package render

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"sluice/feed"
)

// Sum tells an entry, or a feed, by all that it holds. Equal sums are taken for equal
// content, over restarts, too.
type Sum [sha256.Size]byte

// Sums returns the sum of each entry.
func Sums(entries []Entry) []Sum {
	sums := make([]Sum, len(entries))
	var s summer
	for i := range entries {
		s.b = s.b[:0]
		s.entry(&entries[i])
		sums[i] = sha256.Sum256(s.b)
	}
	return sums
}

// Digest is the sum of all that subscribers see of a feed, given those of its
// entries, but for what is no content: the date, the program's name and the style.
func (f Feed) Digest(entries []Sum) Sum {
	var s summer
	s.texts(f.Name, f.ID, f.Title, f.Description, f.Language)
	s.links(&f.Links)
	s.number(int64(f.TTL))
	s.texts(f.Hubs...)
	s.yes(f.History.Archive)
	s.yes(f.History.Complete)
	for _, l := range []*Links{f.History.Prev, f.History.Next, f.History.Current} {
		s.links(l)
	}
	s.number(int64(len(entries)))
	for _, e := range entries {
		s.b = append(s.b, e[:]...)
	}
	return sha256.Sum256(s.b)
}

// summer writes values one behind the other so that no two lists of values look
// alike: each text and each list has its length before it. It is by hand because
// reflection takes longer than the hash.
type summer struct{ b []byte }

func (s *summer) number(n int64) { s.b = binary.AppendVarint(s.b, n) }

func (s *summer) yes(b bool) {
	if b {
		s.b = append(s.b, 1)
	} else {
		s.b = append(s.b, 0)
	}
}

func (s *summer) text(t string) {
	s.b = binary.AppendUvarint(s.b, uint64(len(t)))
	s.b = append(s.b, t...)
}

func (s *summer) texts(list ...string) {
	s.number(int64(len(list)))
	for _, t := range list {
		s.text(t)
	}
}

func (s *summer) time(t time.Time) {
	s.number(t.Unix())
	s.number(int64(t.Nanosecond()))
}

func (s *summer) links(l *Links) {
	if s.yes(l != nil); l != nil {
		s.texts(l.Home, l.RSS, l.Atom, l.JSON)
	}
}

func (s *summer) entry(e *Entry) {
	s.texts(e.ID, e.GUID, e.URL, e.Title, e.Summary, e.Content, e.Excerpt, e.Language, e.Image, e.Comments)
	s.number(int64(len(e.Authors)))
	for _, p := range e.Authors {
		s.texts(p.Name, p.Email, p.URL)
	}
	s.number(int64(len(e.Categories)))
	for _, c := range e.Categories {
		s.texts(c.Term, c.Scheme, c.Label)
	}
	s.number(int64(len(e.Enclosures)))
	for _, x := range e.Enclosures {
		s.texts(x.URL, x.Type, x.Title)
		s.number(x.Length)
		s.number(int64(x.Duration))
	}
	s.number(int64(len(e.Links)))
	for _, l := range e.Links {
		s.texts(l.Rel, l.URL, l.Type, l.Title)
	}
	if s.yes(e.Origin != nil); e.Origin != nil {
		s.texts(e.Origin.ID, e.Origin.Title, e.Origin.URL, e.Origin.Link)
	}
	s.extensions(e.Extensions)
	s.time(e.Published)
	s.time(e.Updated)
	s.texts(string(e.Source.Name), e.Source.Title, e.Source.ID, e.Source.URL, e.Source.Site)
	s.number(int64(len(e.Related)))
	for _, r := range e.Related {
		s.texts(string(r.Source), r.SourceTitle, r.Title, r.URL, string(r.How))
	}
}

func (s *summer) extensions(list []feed.Extension) {
	s.number(int64(len(list)))
	for _, x := range list {
		s.texts(x.Space, x.Name, x.Text)
		s.number(int64(len(x.Attrs)))
		for _, a := range x.Attrs {
			s.texts(a.Name, a.Value)
		}
		s.extensions(x.Elements)
	}
}
