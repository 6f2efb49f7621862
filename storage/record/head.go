package record

import (
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
)

// Head is an article as lists need it: all of feed.Stored but Seq, which is its
// key, the texts, which are a record of their own, and the source's name, which
// may change and is therefore a number here.
type Head struct {
	Stored feed.Stored
	Source uint32
	Digest dedup.Digest
	Heard  uint64 // the sum of the last listing that changed nothing that is stored; 0: none
	Texts  bool   // a record of texts belongs to it

	Turns  uint32      // how often what is stored was replaced
	Raised []time.Time // when Changed was, within a day of the last
}

// Encode returns the head's record.
func (h Head) Encode() []byte {
	w := newWriter(512)
	w.uint(uint64(h.Source))
	w.digest(h.Digest, h.Heard)
	w.bool(h.Texts)
	w.article(&h.Stored)
	// The last of a record, and not there without any: earlier records end before.
	if edited := h.Turns > 0 || len(h.Raised) > 0; edited || len(h.Stored.Extensions) > 0 {
		w.extensions(h.Stored.Extensions)
		if edited {
			w.uint(uint64(h.Turns))
			w.uint(uint64(len(h.Raised)))
			for _, t := range h.Raised {
				w.time(t)
			}
		}
	}
	return w.seal(kindHead)
}

// DecodeHead reads a head's record; Stored has no Seq and no Source. The error
// is ErrInvalid.
func DecodeHead(b []byte) (Head, error) {
	r, err := open(kindHead, b)
	if err != nil {
		return Head{}, err
	}
	var h Head
	h.Source = uint32(r.uint())
	h.Digest, h.Heard = r.digest()
	h.Texts = r.bool()
	r.article(&h.Stored)
	if r.more() {
		h.Stored.Extensions = r.extensions(1)
	}
	if r.more() {
		h.Turns = uint32(r.uint())
		h.Raised = list(r, r.time)
	}
	return h, r.end()
}

// HeadDigest reads the source, the digest and Heard of a head's record alone, which
// is all that most decisions need. The error is ErrInvalid.
func HeadDigest(b []byte) (source uint32, d dedup.Digest, heard uint64, err error) {
	body, err := unseal(kindHead, b)
	if err != nil {
		return 0, d, 0, err
	}
	// The longest prefix that can hold both: copying more is waste.
	r := &reader{b: string(body[:min(len(body), 64)])}
	source = uint32(r.uint())
	d, heard = r.digest()
	return source, d, heard, r.err
}

// digest writes which of the six hashes there are, then these.
func (w *writer) digest(d dedup.Digest, heard uint64) {
	all := [...]uint64{d.Real, d.Detail, d.Title, d.URL, d.GUID, heard}
	var there uint64
	for i, v := range all {
		if v != 0 {
			there |= 1 << i
		}
	}
	w.uint(there)
	for _, v := range all {
		if v != 0 {
			w.fixed(v)
		}
	}
}

func (r *reader) digest() (d dedup.Digest, heard uint64) {
	there := r.uint()
	for i, v := range []*uint64{&d.Real, &d.Detail, &d.Title, &d.URL, &d.GUID, &heard} {
		if there&(1<<i) != 0 {
			*v = r.fixed()
		}
	}
	return d, heard
}

func (w *writer) article(a *feed.Stored) {
	w.string(a.GUID)
	w.string(a.URL)
	w.string(a.ID)
	w.string(a.Title)
	w.string(a.Language)
	w.string(a.Image)
	w.string(a.Comments)
	w.uint(a.Identity)
	w.string(string(a.How))
	w.uint(uint64(a.Revision))
	w.int(int64(a.Sanitizer))
	w.bool(a.Backlog)
	for _, t := range []time.Time{a.FirstSeen, a.Published, a.Updated, a.Place, a.Date, a.Changed} {
		w.time(t)
	}
	w.uint(uint64(len(a.Authors)))
	for _, p := range a.Authors {
		w.string(p.Name)
		w.string(p.Email)
		w.string(p.URL)
	}
	w.uint(uint64(len(a.Categories)))
	for _, c := range a.Categories {
		w.string(c.Term)
		w.string(c.Scheme)
		w.string(c.Label)
	}
	w.uint(uint64(len(a.Enclosures)))
	for _, e := range a.Enclosures {
		w.string(e.URL)
		w.string(e.Type)
		w.int(e.Length)
		w.string(e.Title)
		w.int(int64(e.Duration))
	}
	w.uint(uint64(len(a.Links)))
	for _, l := range a.Links {
		w.string(l.Rel)
		w.string(l.URL)
		w.string(l.Type)
		w.string(l.Title)
	}
	w.bool(a.Origin != nil)
	if o := a.Origin; o != nil {
		w.string(o.ID)
		w.string(o.Title)
		w.string(o.URL)
		w.string(o.Link)
	}
}

func (w *writer) extensions(list []feed.Extension) {
	w.uint(uint64(len(list)))
	for _, e := range list {
		w.string(e.Space)
		w.string(e.Name)
		w.string(e.Text)
		w.uint(uint64(len(e.Attrs)))
		for _, at := range e.Attrs {
			w.string(at.Name)
			w.string(at.Value)
		}
		w.extensions(e.Elements)
	}
}

// maxExtensionDepth bounds what a damaged record could nest.
const maxExtensionDepth = 16

func (r *reader) extensions(depth int) []feed.Extension {
	if depth > maxExtensionDepth {
		r.fail("elements nested too deep")
		return nil
	}
	return list(r, func() feed.Extension {
		e := feed.Extension{Space: r.string(), Name: r.string(), Text: r.string()}
		e.Attrs = list(r, func() feed.Attr { return feed.Attr{Name: r.string(), Value: r.string()} })
		e.Elements = r.extensions(depth + 1)
		return e
	})
}

func (r *reader) article(a *feed.Stored) {
	for _, s := range []*string{&a.GUID, &a.URL, &a.ID, &a.Title, &a.Language, &a.Image, &a.Comments} {
		*s = r.string()
	}
	a.Identity = r.uint()
	a.How = feed.How(r.string())
	a.Revision = uint32(r.uint())
	a.Sanitizer = int(r.int())
	a.Backlog = r.bool()
	for _, t := range []*time.Time{&a.FirstSeen, &a.Published, &a.Updated, &a.Place, &a.Date, &a.Changed} {
		*t = r.time()
	}
	a.Authors = list(r, func() feed.Person {
		return feed.Person{Name: r.string(), Email: r.string(), URL: r.string()}
	})
	a.Categories = list(r, func() feed.Category {
		return feed.Category{Term: r.string(), Scheme: r.string(), Label: r.string()}
	})
	a.Enclosures = list(r, func() feed.Enclosure {
		return feed.Enclosure{
			URL: r.string(), Type: r.string(), Length: r.int(), Title: r.string(), Duration: time.Duration(r.int()),
		}
	})
	a.Links = list(r, func() feed.Link {
		return feed.Link{Rel: r.string(), URL: r.string(), Type: r.string(), Title: r.string()}
	})
	if r.bool() {
		a.Origin = &feed.Origin{ID: r.string(), Title: r.string(), URL: r.string(), Link: r.string()}
	}
}
