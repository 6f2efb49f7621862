package web

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"slices"
	"sync"

	"sluice/feed/publish"
)

// opml is the part of OPML 2.0 that a list of subscriptions needs.
type opml struct {
	XMLName xml.Name `xml:"opml"`
	Version string   `xml:"version,attr"`
	Title   string   `xml:"head>title"`
	Body    struct { // there also without outputs
		Feeds []outline `xml:"outline"`
	} `xml:"body"`
}

type outline struct {
	Type        string `xml:"type,attr"`
	Text        string `xml:"text,attr"`
	Title       string `xml:"title,attr"`
	Description string `xml:"description,attr,omitempty"`
	XMLURL      string `xml:"xmlUrl,attr"`
	HTMLURL     string `xml:"htmlUrl,attr"`
}

// subscriptions keeps the list that was made last, and what it was made from.
type subscriptions struct {
	mu   sync.Mutex
	of   []Listed
	list *publish.Representation
}

// serveOPML answers with the outputs as a subscription list. It holds no date,
// so that the same outputs give the same bytes.
func (s *site) serveOPML(w http.ResponseWriter, r *http.Request) {
	s.send(w, r, answer{Representation: s.subscriptions.get(s.listed(), s.opml)})
}

// get returns the list of the outputs. It is made anew when one of them has changed.
func (k *subscriptions) get(listed []Listed, make func([]Listed) ([]byte, error)) *publish.Representation {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.list != nil && slices.Equal(listed, k.of) {
		return k.list
	}
	body, err := make(listed)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	list, err := publish.Represent("text/x-opml; charset=utf-8", body)
	if err != nil {
		panic(err) // in memory: a bug
	}
	k.of, k.list = slices.Clone(listed), &list
	return k.list
}

func (s *site) opml(listed []Listed) ([]byte, error) {
	list := opml{Version: "2.0", Title: "Feeds of " + s.link("/")}
	for _, l := range listed {
		list.Body.Feeds = append(list.Body.Feeds, outline{
			Type: "rss", Text: l.Shown(), Title: l.Shown(), Description: l.Description,
			XMLURL: s.link("/feeds/" + l.Name + ".atom"), HTMLURL: s.link("/feeds/" + l.Name),
		})
	}
	out := bytes.NewBufferString(xml.Header)
	enc := xml.NewEncoder(out)
	enc.Indent("", "  ")
	if err := enc.Encode(list); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
