package render

import (
	stdhtml "html"
	"net/url"
	"slices"
	"strings"

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

	GUID       string          `json:"guid,omitempty"`         // the source's own id where it is not the item's
	Summary    string          `json:"summary_html,omitempty"` // where the item's summary, plain text, is not all of it
	Authors    []jsonPerson    `json:"authors,omitempty"`      // all, where one has a mail address and another
	Categories []jsonCategory  `json:"categories,omitempty"`   // those that are more than a tag
	Links      []jsonLink      `json:"links,omitempty"`
	Extensions []jsonExtension `json:"extensions,omitempty"`
}

type jsonPerson struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	URL   string `json:"url,omitempty"`
}

type jsonCategory struct {
	Term   string `json:"term"`
	Scheme string `json:"scheme,omitempty"`
	Label  string `json:"label,omitempty"`
}

type jsonLink struct {
	Rel   string `json:"rel"`
	URL   string `json:"url"`
	Type  string `json:"mime_type,omitempty"`
	Title string `json:"title,omitempty"`
}

// jsonExtension is an element of another vocabulary.
type jsonExtension struct {
	Space    string            `json:"namespace,omitempty"` // empty within another: the same
	Name     string            `json:"name"`
	Attrs    map[string]string `json:"attributes,omitempty"`
	Text     string            `json:"text,omitempty"`
	Elements []jsonExtension   `json:"elements,omitempty"`
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
func JSON(f Feed) ([]byte, error) { return alone(f, asJSON) }

// jsonHead is the document without its items.
func jsonHead(f Feed, lang string) ([]byte, error) {
	doc := jsonFeed{
		JSONFeed: feeds.JSONFeed{
			Version: "https://jsonfeed.org/version/1.1", Title: f.title(), Language: lang,
			HomePageUrl: address(f.Links.Home), FeedUrl: address(f.Links.JSON), Description: line(f.Description),
		},
		Items: []jsonItem{},
	}
	if prev := f.History.Prev; prev != nil && prev.JSON != f.Links.JSON { // which would be a walk in circles
		doc.NextUrl = address(prev.JSON)
	}
	for _, h := range hubLinks(f.Hubs) {
		doc.Hubs = append(doc.Hubs, &feeds.JSONHub{Type: "WebSub", Url: h.Href})
	}
	body, err := plainJSON(doc)
	return append(body, '\n'), err
}

func newJSONItem(e Entry) jsonItem {
	item := jsonItem{
		JSONItem: feeds.JSONItem{
			Id: clean(e.ID), Url: address(e.URL), Title: e.title(), Summary: line(e.Excerpt), Image: webAddress(e.Image),
		},
		Content:   first(clean(e.Content), clean(e.Summary)),
		Published: rfc3339(e.Published), Modified: rfc3339(e.Updated), Language: tag(e.Language),
		Sluice: extension{
			Source:   jsonSource{Name: e.Source.Name, Title: e.Source.title(), URL: address(e.Source.URL)},
			Story:    make([]jsonRelated, 0, len(e.Related)),
			Comments: address(e.Comments), Origin: newJSONOrigin(e.Origin), GUID: e.guid(),
			Categories: jsonCategories(e), Links: jsonLinks(e), Extensions: jsonExtensions(e.Extensions),
		},
	}
	if s := clean(e.Summary); s != item.Content && (strings.Contains(s, "<") || stdhtml.UnescapeString(s) != item.Summary) {
		item.Sluice.Summary = s
	}
	if i := slices.IndexFunc(e.Links, func(x feed.Link) bool { return x.Rel == feed.RelExternal }); i >= 0 {
		item.ExternalUrl = address(e.Links[i].URL)
	}
	for _, r := range e.Related {
		item.Sluice.Story = append(item.Sluice.Story, jsonRelated{
			Source: r.Source, Title: first(line(r.Title), r.sourceTitle()), URL: address(r.URL), How: r.How,
		})
	}
	item.Authors, item.Sluice.Authors = jsonAuthors(e)
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

// jsonAuthors are the authors, and once more where one of them has more addresses
// than the format has room for.
func jsonAuthors(e Entry) (authors []*feeds.JSONAuthor, all []jsonPerson) {
	more := false
	for _, p := range atomAuthors(e) {
		author := &feeds.JSONAuthor{Name: p.Name, Url: p.Uri, Avatar: e.avatar(p.Name)}
		if author.Url == "" && p.Email != "" {
			author.Url = address("mailto:" + url.PathEscape(p.Email)) // RFC 6068
		}
		more = more || p.Uri != "" && p.Email != ""
		authors = append(authors, author)
		all = append(all, jsonPerson{Name: p.Name, Email: p.Email, URL: p.Uri})
	}
	if !more {
		all = nil
	}
	return authors, all
}

// avatar is the picture of an author.
func (e Entry) avatar(name string) string {
	for _, x := range e.Extensions {
		if x.Space == feed.SpacePodcast && x.Name == "person" && attr(x, "role") == "author" && line(x.Text) == name {
			return webAddress(attr(x, "img"))
		}
	}
	return ""
}

func jsonCategories(e Entry) []jsonCategory {
	var list []jsonCategory
	for _, c := range e.Categories {
		one := jsonCategory{Term: first(line(c.Term), line(c.Label)), Scheme: domain(c.Scheme), Label: line(c.Label)}
		if one.Label == one.Term {
			one.Label = ""
		}
		if one.Term != "" && one.Scheme+one.Label != "" && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

func jsonLinks(e Entry) []jsonLink {
	var list []jsonLink
	for _, x := range e.Links {
		one := jsonLink{Rel: x.Rel, URL: address(x.URL), Type: mediaType(x.Type), Title: line(x.Title)}
		if passed(x.Rel) != "" && one.URL != "" && !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// jsonExtensions are those of any namespace: what is not declared needs no prefix.
func jsonExtensions(all []feed.Extension) []jsonExtension {
	var list []jsonExtension
	for _, x := range all {
		x, ok := sound(x)
		if !ok {
			continue
		}
		one := jsonExtension{Space: clean(x.Space), Name: clean(x.Name), Text: clean(x.Text)}
		one.Elements = jsonExtensions(slices.DeleteFunc(slices.Clone(x.Elements), func(y feed.Extension) bool { return !x.Holds(y.Name) }))
		for i := range one.Elements {
			if one.Elements[i].Space == one.Space {
				one.Elements[i].Space = ""
			}
		}
		for _, a := range x.Attrs {
			if one.Attrs == nil {
				one.Attrs = make(map[string]string, len(x.Attrs))
			}
			one.Attrs[clean(a.Name)] = clean(a.Value)
		}
		list = append(list, one)
	}
	return list
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
