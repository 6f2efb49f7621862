package publish_test

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/feed"
)

// values leaves out those that are empty, and names each once.
func values(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" && s != "0" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func collect[T any](list []T, f func(T) string) []string {
	var out []string
	for _, v := range list {
		out = append(out, f(v))
	}
	return values(out)
}

func just(f func(feed.Article) string) func(feed.Article) []string {
	return func(a feed.Article) []string { return values([]string{f(a)}) }
}

func when(f func(feed.Article) time.Time) func(feed.Article) []string {
	return just(func(a feed.Article) string { return f(a).Format(time.RFC3339) })
}

var (
	guid    = just(func(a feed.Article) string { return a.GUID })
	summary = just(func(a feed.Article) string { return a.Summary })
)

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

func people(f func(feed.Person) string) func(feed.Article) []string {
	return func(a feed.Article) []string { return collect(a.Authors, f) }
}

// categories are those but for "news", whose vocabulary is no IRI.
func categories(f func(feed.Category) string) func(feed.Article) []string {
	return func(a feed.Article) []string {
		return collect(slices.DeleteFunc(slices.Clone(a.Categories), func(c feed.Category) bool { return c.Term == "news" }), f)
	}
}

func schemeOf(term string) func(feed.Article) []string {
	return func(a feed.Article) []string {
		return collect(a.Categories, func(c feed.Category) string {
			if c.Term != term {
				return ""
			}
			return c.Scheme
		})
	}
}

func files(f func(feed.Enclosure) string) func(feed.Article) []string {
	return func(a feed.Article) []string { return collect(a.Enclosures, f) }
}

func link(rel, kind string) func(feed.Article) []string {
	return func(a feed.Article) []string {
		return collect(a.Links, func(l feed.Link) string {
			if l.Rel != rel || kind != "" && l.Type != kind {
				return ""
			}
			return l.URL
		})
	}
}

func linkTo(address string) func(feed.Article) []string {
	return func(a feed.Article) []string {
		return collect(a.Links, func(l feed.Link) string {
			if l.URL != address {
				return ""
			}
			return l.URL
		})
	}
}

func origin(f func(feed.Origin) string) func(feed.Article) []string {
	return func(a feed.Article) []string {
		if a.Origin == nil {
			return nil
		}
		return values([]string{f(*a.Origin)})
	}
}

// ext returns what extensions have at any of the paths.
func ext(paths string) func(feed.Article) []string {
	return func(a feed.Article) []string {
		found := map[string][]string{}
		flatExtensions(found, "", a.Extensions)
		var out []string
		for _, path := range strings.Fields(paths) {
			out = append(out, found[path]...)
		}
		return values(out)
	}
}

func flatExtensions(out map[string][]string, path string, list []feed.Extension) {
	prefixes := map[string]string{
		feed.SpaceDublinCore: "dc:", feed.SpaceMedia: "media:", feed.SpaceITunes: "itunes:", feed.SpacePodcast: "podcast:",
		feed.SpaceGeoRSS: "georss:", feed.SpaceGeo: "geo:", feed.SpaceThread: "thr:",
	}
	for _, x := range list {
		at := path + prefixes[x.Space] + x.Name
		for _, a := range x.Attrs {
			if a.Name == "medium" {
				at += "[" + a.Value + "]"
			}
		}
		out[at] = append(out[at], x.Text)
		for _, a := range x.Attrs {
			out[at+"@"+a.Name] = append(out[at+"@"+a.Name], a.Value)
		}
		flatExtensions(out, at+"/", x.Elements)
	}
}
