package websub

import (
	"bytes"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// maxHead is how far into a page its head is looked for.
const maxHead = 1 << 20

// Elements that may stand in a head; any other begins the body (HTML, section
// 13.2.6.4). The text of the first is none of the page's.
var (
	textElements = []string{"title", "style", "script", "noscript", "noframes"}
	headElements = []string{"html", "head", "base", "basefont", "bgsound", "link", "meta", "template"}
)

// readHead reads the link elements in the head of an HTML page (RFC 8288, appendix
// A). Those of the body are what readers wrote, in comments for one.
func readHead(at *url.URL, page []byte, contentType string) named {
	in, err := charset.NewReader(bytes.NewReader(page[:min(len(page), maxHead)]), contentType)
	if err != nil {
		return named{}
	}
	h := head{base: at}
	tokens := html.NewTokenizer(in)
	tokens.SetMaxBuf(maxHead)
	for h.take(tokens) {
	}
	var n named
	for _, l := range h.links { // the base counts for those before it, too
		n.add(h.base, l["rel"], l["href"])
	}
	return n
}

// head is a head that is being read.
type head struct {
	base   *url.URL
	based  bool
	links  []map[string]string
	inText bool // within one of textElements
	inert  int  // depth within templates, whose content is not the page's
}

// take reads the next token, and reports whether the head goes on.
func (h *head) take(tokens *html.Tokenizer) bool {
	switch tokens.Next() {
	case html.ErrorToken:
		return false
	case html.TextToken:
		text := bytes.TrimPrefix(tokens.Text(), []byte("\ufeff")) // the mark of an encoding
		return h.inText || h.inert > 0 || len(bytes.TrimSpace(text)) == 0
	case html.StartTagToken, html.SelfClosingTagToken:
		return h.open(tokens.Token())
	case html.EndTagToken:
		h.inText = false
		if name, _ := tokens.TagName(); string(name) == "template" {
			h.inert = max(h.inert-1, 0)
		}
	}
	return true
}

// open takes a start tag, and reports whether it may stand in a head.
func (h *head) open(t html.Token) bool {
	switch {
	case slices.Contains(textElements, t.Data):
		h.inText = true
		return true
	case t.Data == "template":
		h.inert++
		return true
	case h.inert > 0:
		return true
	case t.Data == "base" && !h.based:
		h.rebase(attributes(t)["href"])
	case t.Data == "link":
		h.links = append(h.links, attributes(t))
	}
	return slices.Contains(headElements, t.Data)
}

// rebase takes the first base that is one.
func (h *head) rebase(href string) {
	href = strings.TrimSpace(href)
	ref, err := url.Parse(href)
	if href == "" || err != nil {
		return
	}
	h.based = true
	if h.base != nil {
		ref = h.base.ResolveReference(ref)
	}
	h.base = ref
}

// attributes are those of a tag; of one that is there twice the first counts.
func attributes(t html.Token) map[string]string {
	all := make(map[string]string, len(t.Attr))
	for _, a := range t.Attr {
		if _, again := all[a.Key]; !again {
			all[a.Key] = a.Val
		}
	}
	return all
}
