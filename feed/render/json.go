package render

import (
	"bytes"
	"encoding/json"

	"sluice/feed"

	"github.com/gorilla/feeds"
)

type jsonFeed struct {
	feeds.JSONFeed
	Items []jsonItem `json:"items"` // an array also when empty
}

type jsonItem struct {
	feeds.JSONItem
	Content     string       `json:"content_html"` // also when empty: an item must have one
	Published   string       `json:"date_published,omitempty"`
	Modified    string       `json:"date_modified,omitempty"`
	Language    string       `json:"language,omitempty"`
	Attachments []attachment `json:"attachments,omitempty"`
	Sluice      extension    `json:"_sluice"`
}

type attachment struct {
	URL      string  `json:"url"`
	Type     string  `json:"mime_type,omitempty"`
	Title    string  `json:"title,omitempty"`
	Size     int64   `json:"size_in_bytes,omitempty"`
	Duration float64 `json:"duration_in_seconds,omitempty"`
}

// extension is what JSON Feed has no place for.
type extension struct {
	Source     jsonSource    `json:"source"`
	Story      []jsonRelated `json:"story"`
	Comments   string        `json:"comments,omitempty"`
	Enclosures []attachment  `json:"enclosures,omitempty"` // those without a type, which attachments must have
	Origin     *jsonOrigin   `json:"origin,omitempty"`
}

type jsonSource struct {
	Name  feed.SourceID `json:"name"`
	Title string        `json:"title"`
	URL   string        `json:"url"`
}

type jsonRelated struct {
	Source feed.SourceID `json:"source"`
	Title  string        `json:"title"`
	URL    string        `json:"url"`
	How    feed.How      `json:"how"`
}

type jsonOrigin struct {
	ID    string `json:"id,omitempty"`
	Title string `json:"title,omitempty"`
	URL   string `json:"url,omitempty"`
	Home  string `json:"home_page_url,omitempty"`
}

// JSON returns the feed as JSON Feed 1.1. What the format does not know is
// under _sluice: source is where an entry is from, story the other articles that
// it stands for. The format knows one way through a feed's documents, next_url,
// which leads to the older ones. ErrNoID is the only error that a caller can cause.
func JSON(f Feed) ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	doc := jsonFeed{
		JSONFeed: feeds.JSONFeed{
			Version: "https://jsonfeed.org/version/1.1", Title: f.title(), Language: tag(f.Language),
			HomePageUrl: address(f.Links.Home), FeedUrl: address(f.Links.JSON), Description: line(f.Description),
		},
		Items: make([]jsonItem, 0, len(f.Entries)),
	}
	if prev := f.History.Prev; prev != nil && prev.JSON != f.Links.JSON { // which would be a walk in circles
		doc.NextUrl = address(prev.JSON)
	}
	for _, h := range hubLinks(f.Hubs) {
		doc.Hubs = append(doc.Hubs, &feeds.JSONHub{Type: "WebSub", Url: h.Href})
	}
	for _, e := range f.Entries {
		doc.Items = append(doc.Items, newJSONItem(e))
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // it is no HTML page, and half of the content is markup
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func newJSONItem(e Entry) jsonItem {
	item := jsonItem{
		JSONItem: feeds.JSONItem{
			Id: clean(e.ID), Url: address(e.URL), Title: e.title(), Summary: clean(e.Excerpt), Image: webAddress(e.Image),
		},
		Content:   first(clean(e.Content), clean(e.Summary)),
		Published: rfc3339(e.Published), Modified: rfc3339(e.Updated), Language: tag(e.Language),
		Sluice: extension{
			Source:   jsonSource{Name: e.Source.Name, Title: e.Source.title(), URL: address(e.Source.URL)},
			Story:    make([]jsonRelated, 0, len(e.Related)),
			Comments: address(e.Comments), Origin: newJSONOrigin(e.Origin),
		},
	}
	for _, r := range e.Related {
		item.Sluice.Story = append(item.Sluice.Story, jsonRelated{
			Source: r.Source, Title: first(line(r.Title), r.sourceTitle()), URL: address(r.URL), How: r.How,
		})
	}
	for _, p := range e.Authors {
		if name := nameOf(p); name != "" {
			item.Authors = append(item.Authors, &feeds.JSONAuthor{Name: name, Url: address(p.URL)})
		}
	}
	seen := make(map[string]bool, len(e.Categories))
	for _, c := range e.Categories {
		if name := categoryName(c); name != "" && !seen[name] { // once, whatever the vocabulary
			seen[name] = true
			item.Tags = append(item.Tags, name)
		}
	}
	item.Attachments, item.Sluice.Enclosures = attachments(e.Enclosures)
	return item
}

// attachments divides enclosures into those with a type and those without.
func attachments(all []feed.Enclosure) (typed, untyped []attachment) {
	for _, x := range all {
		a := attachment{
			URL: address(x.URL), Type: mediaType(x.Type), Title: line(x.Title),
			Size: max(x.Length, 0), Duration: max(x.Duration.Seconds(), 0),
		}
		switch {
		case a.URL == "":
		case a.Type == "":
			untyped = append(untyped, a)
		default:
			typed = append(typed, a)
		}
	}
	return typed, untyped
}

func newJSONOrigin(o *feed.Origin) *jsonOrigin {
	if o == nil {
		return nil
	}
	origin := jsonOrigin{ID: line(o.ID), Title: line(o.Title), URL: address(o.URL), Home: address(o.Link)}
	if origin == (jsonOrigin{}) {
		return nil
	}
	return &origin
}
