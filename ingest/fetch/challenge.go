package fetch

import (
	"bytes"
	"mime"
	"net/http"
	"strings"
)

// A challenge is a page in place of what was asked for, which only browsers get past,
// and which no program should. It is known by a header field or by something in the
// page that is there for its script alone, never by words that readers see: these are
// translated, and stand in articles.
//
// Naming it changes what operators read, and nothing of when they are polled.
type challenge struct {
	by            string // whose it is
	header, value string // a field that has this value; without a header: none does
	mark          string // in a page that brings no document; empty: none
	lies          bool   // the page also comes with 200, as if it were the document
}

// challenges are those that publishers of feeds meet with, with the evidence of each.
var challenges = []challenge{
	// The field is Cloudflare's own way to tell programs; the variable is its page's.
	{by: "Cloudflare", header: "Cf-Mitigated", value: "challenge", mark: "_cf_chl_opt"},
	// Documented: a challenge is answered 202, a puzzle 405, each with this field.
	{by: "AWS WAF", header: "X-Amzn-Waf-Action", value: "challenge"},
	{by: "AWS WAF", header: "X-Amzn-Waf-Action", value: "captcha"},
	// The element in which Bot Manager's page runs.
	{by: "Akamai", mark: "sec-if-cpt-container"},
	// The host from which the page's frame is loaded.
	{by: "DataDome", mark: "captcha-delivery.com"},
	// The element that is held down, of what was PerimeterX.
	{by: "HUMAN", mark: "px-captcha"},
	// The script of a page that has nothing else. Pages that were let through have it,
	// too, but with a document around it.
	{by: "Imperva", mark: "/_Incapsula_Resource"},
	// The folder of the script.
	{by: "DDoS-Guard", mark: "/.well-known/ddos-guard/"},
	// The task for the page's script. It is meant to look like a success.
	{by: "Anubis", mark: `<script id="anubis_challenge"`, lies: true},
	// The variable in which the page puts its cookie together.
	{by: "Sucuri", mark: "sucuri_cloudproxy_js"},
}

// maxPage is the size up to which a page in place of a document is looked at: those
// of challenges have a few KiB.
const maxPage = 64 << 10

// declared returns the challenge that the header of an answer says it is.
func declared(h http.Header) (by string) {
	for _, c := range challenges {
		if c.header != "" && strings.EqualFold(strings.TrimSpace(h.Get(c.header)), c.value) {
			return c.by
		}
	}
	return ""
}

// inPage returns the challenge that a page is. document says that it came as if it
// were one.
func inPage(page []byte, document bool) (by string) {
	if document && (len(page) > maxPage || !beginsAsPage(page)) {
		return ""
	}
	for _, c := range challenges {
		if c.mark != "" && (c.lies || !document) && bytes.Contains(page, []byte(c.mark)) {
			return c.by
		}
	}
	return ""
}

// beginsAsPage reports whether a document begins as HTML does. One that does not is
// no page, whatever its type says.
func beginsAsPage(b []byte) bool {
	start := bytes.ToLower(bytes.TrimSpace(b[:min(len(b), 256)]))
	return bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

// page reads a page that brings no document, as far as a challenge is to be found in
// it; nil when there is none, or it cannot be read. Otherwise see drain.
func (x *exchange) page(resp *http.Response) []byte {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || kind != "text/html" && kind != "application/xhtml+xml" {
		drain(resp)
		return nil
	}
	body, _, err := x.client.pages.readBody(resp, x.cancel)
	if err != nil {
		return nil // its status says enough
	}
	return body
}

// named adds to whose challenge an answer is what helps its publisher to find it.
func named(by string, h http.Header) string {
	ray := h.Get("Cf-Ray")
	if by != "Cloudflare" || ray == "" || len(ray) > 40 || strings.Trim(ray, "0123456789abcdefABCDEF-GHIJKLMNOPQRSTUVWXYZ") != "" {
		return by
	}
	return by + " ray " + ray
}
