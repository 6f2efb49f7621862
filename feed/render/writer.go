package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"time"
)

// Documents are a feed in all formats. Nothing of them may be changed.
type Documents struct{ RSS, Atom, JSON []byte }

// body is a document, with where what stands before its entries ends, and then where
// each of them does.
type body struct {
	text []byte
	ends []int
}

// Writer writes the documents of a feed, one after another. An entry that was in the
// last ones is not written again: its bytes are copied, so that a change costs what
// changed. The zero value is ready. It is not for several goroutines, and holds no
// more than the last documents.
type Writer struct {
	kept map[entryKey][len(formats)][]byte
	size [len(formats)]int // of the last documents
}

// entryKey is all that the bytes of an entry depend on.
type entryKey struct {
	sum   Sum
	frame frame
}

// frame is what an entry takes from the feed that it is in.
type frame struct {
	lang    string // the feed's
	title   string // the feed's, where the source has none
	updated int64  // of the feed, Unix time, where the entry has no date
}

func (f Feed) frame(lang string, e *Entry) frame {
	fr := frame{lang: lang}
	if e.Source.title() == "" {
		fr.title = f.title()
	}
	if e.Updated.IsZero() && e.Published.IsZero() {
		fr.updated = f.Updated.Unix()
	}
	return fr
}

// format is how a feed is written: the head, the entries, and what ends it.
type format struct {
	head    func(f Feed, lang string) ([]byte, error) // of a feed without entries, to its end
	entry   func(e Entry, fr frame) ([]byte, error)
	between string
	tail    string // ends what head returns
}

// formats are in the order of Documents.
var formats = [...]format{
	{rssHead, func(e Entry, fr frame) ([]byte, error) { return xml.Marshal(newRSSItem(e, fr.lang)) }, "", "</channel></rss>\n"},
	{atomHead, func(e Entry, fr frame) ([]byte, error) { return xml.Marshal(newAtomEntry(e, fr)) }, "", "</feed>\n"},
	{jsonHead, func(e Entry, _ frame) ([]byte, error) { return plainJSON(newJSONItem(e)) }, ",", "]}\n"},
}

const (
	asRSS = iota
	asAtom
	asJSON
)

// Write returns the feed in all formats, byte for byte as RSS, Atom and JSON do.
// sums are those of its entries; nil has all of them written. An error leaves what
// is kept as it was.
func (w *Writer) Write(f Feed, sums []Sum) (Documents, error) {
	if err := f.check(); err != nil {
		return Documents{}, err
	}
	lang := tag(f.Language)
	kept := make(map[entryKey][len(formats)][]byte, len(sums))
	var all [len(formats)]body
	for as := range formats {
		b, err := w.body(f, lang, as, sums)
		if err != nil {
			return Documents{}, err
		}
		all[as] = b
	}
	for i := range sums {
		var of [len(formats)][]byte
		for as, b := range all {
			of[as] = b.text[b.ends[i]:b.ends[i+1]]
		}
		kept[entryKey{sums[i], f.frame(lang, &f.Entries[i])}] = of
	}
	w.kept = kept
	for as, b := range all {
		w.size[as] = len(b.text)
	}
	return Documents{all[asRSS].text, all[asAtom].text, all[asJSON].text}, nil
}

// body writes the feed in one format.
func (w *Writer) body(f Feed, lang string, as int, sums []Sum) (body, error) {
	format := &formats[as]
	head, err := format.head(f, lang)
	if err != nil {
		return body{}, err
	}
	b := body{text: make([]byte, 0, max(w.size[as]+w.size[as]/16, len(head))), ends: make([]int, 0, len(f.Entries)+1)}
	b.text = append(b.text, head[:len(head)-len(format.tail)]...)
	b.ends = append(b.ends, len(b.text))
	for i := range f.Entries {
		written, err := w.entry(f, lang, as, i, sums)
		if err != nil {
			return body{}, fmt.Errorf("entry %s: %w", f.Entries[i].ID, err)
		}
		b.text = append(b.text, bytes.TrimSuffix(written, []byte(format.between))...) // which it has where it was not the last
		if i < len(f.Entries)-1 {
			b.text = append(b.text, format.between...)
		}
		b.ends = append(b.ends, len(b.text))
	}
	b.text = append(b.text, format.tail...)
	return b, nil
}

// entry returns the bytes of an entry, those of the last document where it was there.
func (w *Writer) entry(f Feed, lang string, as, i int, sums []Sum) ([]byte, error) {
	e := &f.Entries[i]
	fr := f.frame(lang, e)
	if sums != nil {
		if kept, ok := w.kept[entryKey{sums[i], fr}]; ok {
			return kept[as], nil
		}
	}
	return formats[as].entry(*e, fr)
}

// alone writes a feed in one format.
func alone(f Feed, as int) ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	b, err := new(Writer).body(f, tag(f.Language), as, nil)
	return b.text, err
}

// time is the date of the feed that an entry without one takes.
func (fr frame) time() time.Time { return time.Unix(fr.updated, 0).UTC() }

// prologue is the XML declaration. There is no document type: it would only
// give readers something to resolve.
const prologue = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// plainXML is a whole document.
func plainXML(doc any, style string) ([]byte, error) {
	body, err := xml.Marshal(doc)
	if err != nil {
		return nil, err
	}
	head := prologue + instruction(style)
	out := make([]byte, 0, len(head)+len(body)+1)
	return append(append(append(out, head...), body...), '\n'), nil
}

// plainJSON escapes no HTML: the document is no page, and half of it is markup.
func plainJSON(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
