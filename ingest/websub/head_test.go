package websub_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"sluice/ingest/websub"
)

func TestWebsubRocks101HubAndTopicAreFoundInTheHeadOfAPage(t *testing.T) {
	at, err := url.Parse("https://a.example/dir/page")
	if err != nil {
		t.Fatal(err)
	}
	const (
		hub, self = "https://hub.example/", "https://a.example/self"
		links     = `<link rel="hub" href="https://hub.example/"><link rel="self" href="https://a.example/self">`
	)
	for name, tc := range map[string]struct {
		page        string
		headers     []string
		contentType string
		hubs        []string
		topic       string
	}{
		"in the head":                 {page: `<!doctype html><html><head><title>T</title>` + links + `</head><body>`, hubs: []string{hub}, topic: self},
		"a head without its tags":     {page: `<!doctype html><meta charset=utf-8>` + links + `<h1>T</h1>`, hubs: []string{hub}, topic: self},
		"behind scripts and comments": {page: `<!-- a --><head><script>"<p>"</script><style>p > a {}</style> ` + links, hubs: []string{hub}, topic: self},
		"by several words, loudly":    {page: `<HEAD><LINK HREF="//hub.example/" REL="preconnect HUB"><link rel="Self canonical" href="/self#top">`, hubs: []string{hub}, topic: self},
		"several hubs": {
			page: links + `<link rel=hub href=https://b.example/><link rel=hub href=https://hub.example/>`, hubs: []string{hub, "https://b.example/"}, topic: self,
		},
		"relative to the page":        {page: `<link rel=hub href=../hub><link rel=self href=self>`, hubs: []string{"https://a.example/hub"}, topic: "https://a.example/dir/self"},
		"relative to its first base":  {page: `<link rel=hub href=hub><base target=_top><base href=/b/><base href=/c/><link rel=self href=self>`, hubs: []string{"https://a.example/b/hub"}, topic: "https://a.example/b/self"},
		"a base on another host":      {page: `<base href="https://b.example"><link rel=hub href=/hub><link rel=self href=>`},
		"in another encoding":         {page: "\xff\xfe" + strings.Join(strings.Split(links, ""), "\x00") + "\x00", hubs: []string{hub}, topic: self},
		"headers before the document": {page: links, headers: []string{`</h>; rel=hub, </t>; rel=self`}, hubs: []string{"https://a.example/h"}, topic: "https://a.example/t"},
		"never a mixture of the two":  {page: links, headers: []string{`</h>; rel=hub`}, hubs: []string{hub}, topic: self},

		"in the body":                   {page: `<head></head><body>` + links},
		"behind what begins the body":   {page: `<head><p>` + links + `</head>`},
		"behind text":                   {page: `<head>Hello ` + links},
		"in a template":                 {page: `<head><template><div><template></template>` + links + `</template></head>`},
		"after a template":              {page: `<head><template><p>x</template>` + links, hubs: []string{hub}, topic: self},
		"for browsers without scripts":  {page: `<head><noscript>` + links + `</noscript></head>`},
		"in a comment":                  {page: `<head><!--` + links + `--></head>`},
		"in a title":                    {page: `<title>` + links + `</title>`},
		"one half":                      {page: `<link rel=hub href=/hub>`},
		"two topics":                    {page: links + `<link rel=self href=/other>`},
		"the same topic twice":          {page: links + links, hubs: []string{hub}, topic: self},
		"what is no web address":        {page: `<link rel=hub href=javascript:x><link rel=self href=/>`},
		"a link without an address":     {page: `<link rel=hub><link rel=self href=" ">`},
		"an attribute that comes twice": {page: `<link rel=next rel=hub href=/hub><link rel=self href=/>`},
		"no page":                       {page: "\x00\x01", contentType: "image/png"},
	} {
		t.Run(name, func(t *testing.T) {
			hubs, topic := websub.DiscoverPage(at, tc.headers, []byte(tc.page), tc.contentType)
			if !slices.Equal(hubs, tc.hubs) || topic != tc.topic {
				t.Errorf("got %q, %q; want %q, %q", hubs, topic, tc.hubs, tc.topic)
			}
		})
	}
}
