package attack_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// judge holds what came out of the program against what may.
type judge struct {
	t       *testing.T
	xmllint string              // its path; empty: it is not installed
	html    map[string]bool     // HTML of entries, as a reader may show it
	seen    map[string]struct{} // what was said already, so that a fault of a template is said once
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	path, err := exec.LookPath("xmllint")
	if err != nil {
		t.Log("xmllint is not installed: XML is read by the standard library alone")
	}
	return &judge{t: t, xmllint: path, html: map[string]bool{}, seen: map[string]struct{}{}}
}

// fault reports a fault, each kind of each place once.
func (j *judge) fault(where, what, text string) {
	j.t.Helper()
	if _, again := j.seen[where+what]; again {
		return
	}
	j.seen[where+what] = struct{}{}
	j.t.Errorf("%s: %s: %.300q", where, what, text)
}

// terminal looks at what a person may have on a terminal: nothing in it acts.
func (j *judge) terminal(where, text string) {
	j.t.Helper()
	if !utf8.ValidString(text) {
		j.fault(where, "no UTF-8", text)
	}
	for at, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)) {
			j.fault(where, "a terminal would act on it", text[max(0, at-60):min(len(text), at+60)])
		}
	}
}

var (
	textLine    = regexp.MustCompile(`^time=\S+ level=(DEBUG|INFO|WARN|ERROR) msg=`)
	journalLine = regexp.MustCompile(`^<[3-7]>msg=`)
)

// log looks at lines of a log: each was written by the program, and none is an error.
func (j *judge) log(where, form, text string) {
	j.t.Helper()
	j.terminal(where, text)
	if text == "" {
		j.fault(where, "nothing is said", text)
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		var record struct {
			Time  string `json:"time"`
			Level string `json:"level"`
		}
		ours := textLine.MatchString(line)
		switch form {
		case "json":
			ours = json.Unmarshal([]byte(line), &record) == nil && record.Time != "" && record.Level != ""
		case "journal":
			ours = journalLine.MatchString(line)
		}
		if !ours && !strings.HasPrefix(line, "sluice: ") && !strings.HasPrefix(line, "<3>sluice: ") {
			j.fault(where, "a line that is not of the log", line)
		}
		if record.Level == "ERROR" || strings.HasPrefix(line, "<3>msg=") || strings.Contains(line, " level=ERROR msg=") && textLine.FindString(line) != "" && strings.Contains(textLine.FindString(line), "ERROR") {
			j.fault(where, "an error that is none", line)
		}
	}
}

// feed looks at a document of an output, and keeps the HTML in it.
func (j *judge) feed(where string, body []byte) {
	j.t.Helper()
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		j.xml(where, body)
		return
	}
	var doc any
	if err := json.Unmarshal(body, &doc); err != nil || !utf8.Valid(body) {
		j.fault(where, "no JSON", string(body))
	}
	j.value(where, "", doc)
}

// value looks at a value of a JSON Feed.
func (j *judge) value(where, key string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, v := range v {
			j.value(where, key, v)
		}
	case []any:
		for _, v := range v {
			j.value(where, key, v)
		}
	case string:
		switch {
		case key == "content_html":
			j.fragment(where, v)
		case addressKeys[key] || strings.HasSuffix(key, "url"):
			j.address(where+" "+key, v)
		}
		if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r", r) }) {
			j.fault(where+" "+key, "a control character", v)
		}
	}
}

// addressKeys are the attributes, elements and keys that readers follow or load.
var addressKeys = map[string]bool{
	"href": true, "url": true, "src": true, "uri": true, "xmlUrl": true, "htmlUrl": true, "link": true, "comments": true, "docs": true, "icon": true, "logo": true,
	"image": true, "banner_image": true, "avatar": true, "favicon": true, "img": true, "resource": true, "poster": true, "cite": true, "action": true, "srcset": true, "data": true,
	"background": true, "formaction": true, "ping": true, "longdesc": true, "manifest": true, "domain": true, "scheme": true,
}

// xml looks at an XML document as strict readers do.
func (j *judge) xml(where string, body []byte) {
	j.t.Helper()
	if j.xmllint != "" {
		cmd := exec.Command(j.xmllint, "--noout", "--nonet", "--huge", "-")
		cmd.Stdin = bytes.NewReader(body)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			j.fault(where, "xmllint: "+string(out), "")
		}
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	var path []xml.StartElement
	var text strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			j.fault(where, err.Error(), "")
			return
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Copy())
			text.Reset()
			for _, a := range token.Attr {
				if addressKeys[a.Name.Local] && a.Name.Space != "xmlns" {
					j.address(where+" "+token.Name.Local+" "+a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			j.element(where, path[len(path)-1], text.String())
			path = path[:len(path)-1]
			text.Reset()
		case xml.ProcInst:
			if token.Target == "xml-stylesheet" && strings.Contains(string(token.Inst), mark) {
				j.fault(where, "a style of strangers", string(token.Inst))
			}
		case xml.Directive:
			j.fault(where, "a document type", string(token))
		}
	}
}

// element looks at an element that holds text alone.
func (j *judge) element(where string, e xml.StartElement, text string) {
	isHTML := slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == "type" && a.Value == "html" })
	switch name := e.Name.Local; {
	case isHTML || name == "encoded" || name == "description" && e.Name.Space == "":
		j.fragment(where+" "+name, text)
	case addressKeys[name] && strings.TrimSpace(text) != "":
		j.address(where+" "+name, text)
	}
}

// address looks at what readers follow.
func (j *judge) address(where, address string) {
	scheme, _, ok := strings.Cut(strings.ToLower(address), ":")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return // of our own pages; in feeds they are texts
	}
	if !slices.Contains([]string{"http", "https", "mailto", "tag", "urn"}, scheme) || strings.ContainsFunc(address, unicode.IsControl) || strings.ContainsAny(address, "\"<> ") {
		j.fault(where, "an address that acts or breaks out", address)
	}
}

// fragment looks at HTML of an entry, and keeps it for the browser.
func (j *judge) fragment(where, text string) {
	j.html[text] = true
	j.markup(where, text, map[string]bool{"id": true, "class": true, "style": true, "name": true, "target": true})
}

// forbidden elements are in no page and no text.
var forbidden = map[string]bool{
	"script": true, "iframe": true, "frame": true, "object": true, "embed": true, "applet": true, "base": true, "form": true, "input": true, "button": true, "template": true,
	"math": true, "noscript": true, "xmp": true, "marquee": true, "textarea": true, "select": true, "portal": true,
}

// markup looks at HTML as a browser reads it; none of the attributes may be there.
func (j *judge) markup(where, text string, none map[string]bool) {
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.CommentToken:
			if strings.Contains(string(z.Raw()), mark) {
				j.fault(where, "a comment of strangers", string(z.Raw()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			if forbidden[token.Data] || none != nil && (token.Data == "svg" || token.Data == "style" || token.Data == "link" || token.Data == "meta") {
				j.fault(where, "element "+token.Data, token.String())
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(a.Key, "on") || none[a.Key] || a.Key == "srcdoc" || a.Key == "http-equiv" && strings.Contains(a.Val, mark) {
					j.fault(where, "attribute "+a.Key, token.String())
				}
				if addressKeys[a.Key] && !strings.HasPrefix(a.Val, "data:image/") {
					j.address(where+" "+token.Data+" "+a.Key, a.Val)
				}
			}
		}
	}
}

// page looks at a page of ours: what strangers said stays within its main part.
func (j *judge) page(where, text string) {
	j.t.Helper()
	j.markup(where, text, nil)
	if strings.Count(text, "</main>") != 1 || strings.Count(text, "</body>") > 1 || !utf8.ValidString(text) {
		j.fault(where, "strangers broke out of the page", text[max(0, len(text)-300):])
	}
}
