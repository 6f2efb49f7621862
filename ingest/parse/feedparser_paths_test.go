package parse_test

import (
	"strings"

	"sluice/feed"
)

// feedparserEntry are the left sides below an entry.
var feedparserEntry = map[string]func(feed.Article, assertion) any{
	"title":              func(a feed.Article, _ assertion) any { return a.Title },
	"title_detail.value": func(a feed.Article, _ assertion) any { return a.Title },
	"id":                 func(a feed.Article, _ assertion) any { return a.GUID },
	"guid":               func(a feed.Article, _ assertion) any { return a.GUID },
	"link":               func(a feed.Article, _ assertion) any { return a.URL },
	"language":           func(a feed.Article, _ assertion) any { return a.Language },
	"comments":           func(a feed.Article, _ assertion) any { return a.Comments },
	"image.href":         func(a feed.Article, _ assertion) any { return a.Image },
	"wfw_commentrss":     func(a feed.Article, _ assertion) any { return linkOfRel(a, "replies") },
	"license":            func(a feed.Article, _ assertion) any { return linkOfRel(a, "license") },

	"content.N.value":      func(a feed.Article, _ assertion) any { return markup(a.Content) },
	"description":          func(a feed.Article, _ assertion) any { return summaryOf(a) },
	"summary":              func(a feed.Article, _ assertion) any { return summaryOf(a) },
	"summary_detail.value": func(a feed.Article, _ assertion) any { return summaryOf(a) },

	"published":        func(a feed.Article, _ assertion) any { return a.Published },
	"published_parsed": func(a feed.Article, _ assertion) any { return a.Published },
	"created":          func(a feed.Article, _ assertion) any { return a.Published },
	"created_parsed":   func(a feed.Article, _ assertion) any { return a.Published },
	"updated_parsed":   func(a feed.Article, _ assertion) any { return firstTime(a) },

	"author":              func(a feed.Article, _ assertion) any { return authorLine(personAt(a, 0)) },
	"author_detail.name":  func(a feed.Article, _ assertion) any { return personAt(a, 0).Name },
	"author_detail.email": func(a feed.Article, _ assertion) any { return personAt(a, 0).Email },
	"author_detail.url":   func(a feed.Article, _ assertion) any { return personAt(a, 0).URL },
	"authors.N.name":      func(a feed.Article, at assertion) any { return personAt(a, at.index(1)).Name },
	"authors.N.email":     func(a feed.Article, at assertion) any { return personAt(a, at.index(1)).Email },
	"authors.N.url":       func(a feed.Article, at assertion) any { return personAt(a, at.index(1)).URL },

	"tags.N.term":   func(a feed.Article, at assertion) any { return categoryAt(a, at.index(1)).Term },
	"tags.N.scheme": func(a feed.Article, at assertion) any { return categoryAt(a, at.index(1)).Scheme },
	"tags.N.label":  func(a feed.Article, at assertion) any { return categoryAt(a, at.index(1)).Label },

	"enclosures.N.href": func(a feed.Article, at assertion) any { return enclosureAt(a, at.index(1)).URL },
	"enclosures.N.type": func(a feed.Article, at assertion) any { return enclosureAt(a, at.index(1)).Type },

	"links.N.href": func(a feed.Article, at assertion) any { return linksOf(a, at).URL },
	"links.N.rel":  func(a feed.Article, at assertion) any { return linksOf(a, at).Rel },
	"links.N.type": func(a feed.Article, at assertion) any { return linksOf(a, at).Type },

	"source.title":              func(a feed.Article, _ assertion) any { return originOf(a).Title },
	"source.title_detail.value": func(a feed.Article, _ assertion) any { return originOf(a).Title },
	"source.href":               func(a feed.Article, _ assertion) any { return originOf(a).URL },
	"source.links.N.href":       func(a feed.Article, _ assertion) any { return originOf(a).Link },

	"media_thumbnail.N.url": func(a feed.Article, _ assertion) any { return a.Image },
}

// summaryOf is feedparser's summary: where there is only one text, it is ours too.
func summaryOf(a feed.Article) any {
	if a.Summary != "" {
		return markup(a.Summary)
	}
	return markup(a.Content)
}

func firstTime(a feed.Article) any {
	if a.Updated.IsZero() {
		return a.Published
	}
	return a.Updated
}

func personAt(a feed.Article, i int) feed.Person {
	if i < len(a.Authors) {
		return a.Authors[i]
	}
	return feed.Person{}
}

func authorLine(p feed.Person) string {
	if p.Name != "" && p.Email != "" {
		return p.Name + " (" + p.Email + ")"
	}
	return p.Name + p.Email
}

func categoryAt(a feed.Article, i int) feed.Category {
	if i < len(a.Categories) {
		return a.Categories[i]
	}
	return feed.Category{}
}

func enclosureAt(a feed.Article, i int) feed.Enclosure {
	if i < len(a.Enclosures) {
		return a.Enclosures[i]
	}
	return feed.Enclosure{}
}

// linksOf puts an article's links together again: its own address is that of
// the relation alternate, its files are enclosures.
func linksOf(a feed.Article, at assertion) feed.Link {
	links := []feed.Link{}
	if a.URL != "" {
		links = append(links, feed.Link{Rel: "alternate", URL: a.URL, Type: "text/html"})
	}
	for _, e := range a.Enclosures {
		links = append(links, feed.Link{Rel: "enclosure", URL: e.URL, Type: e.Type})
	}
	links = append(links, a.Links...)
	want, _ := at.RHS.(string)
	for _, k := range links {
		if k.URL == want || k.Rel == want || k.Type == want && strings.Contains(want, "/") {
			return k
		}
	}
	return feed.Link{}
}

func linkOfRel(a feed.Article, rel string) string {
	for _, k := range a.Links {
		if k.Rel == rel {
			return k.URL
		}
	}
	return ""
}

func originOf(a feed.Article) feed.Origin {
	if a.Origin == nil {
		return feed.Origin{}
	}
	return *a.Origin
}
