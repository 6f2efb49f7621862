package attack_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// mark is in whatever the hostile publisher writes, so that it is found wherever it comes out.
const mark = "Zq9"

// act is a script that cannot stay unseen.
const act = `console.error('` + mark + ` ran');fetch('http://ran.example/` + mark + `');alert(1)`

// strikes are texts that act where they are taken for HTML. Each of them is an item's every field.
var strikes = []string{
	`<script>ACT</script>`,
	`<img src=x onerror="ACT">`,
	`<svg onload="ACT"><script>ACT</script></svg>`,
	`<a href="jAvAsCrIpT:ACT">a</a><a href="java&#9;script:ACT">b</a><a href=" &#1;javascript:ACT">c</a><a href="data:text/html,<script>ACT</script>">d</a>`,
	`<math><mi xlink:href="javascript:ACT">x</mi></math><svg><a xlink:href="javascript:ACT"><text y="9">x</text></a></svg>`,
	`<iframe srcdoc="<script>ACT</script>"></iframe><iframe src="javascript:ACT"></iframe><iframe src="https://frame.example/"></iframe>`,
	`<style>@import 'https://style.example/x';*{background:url(https://style.example/y)}</style><p style="background:url(https://style.example/z)">a</p>`,
	`<noscript><p title="</noscript><img src=x onerror=ACT>"></noscript>`,
	`</title></textarea></style></script></xmp></noscript><script>ACT</script>`,
	`<form action="https://form.example/"><input name=a autofocus onfocus="ACT"><button formaction="javascript:ACT">go</button></form>`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=ACT&gt;">`,
	`<a href="//evil.example/x" target="_blank" ping="https://ping.example/">a</a>`,
	`<img src="https://pixel.example/p.gif" width="1" height="1">`,
	`<base href="https://base.example/"><meta http-equiv="refresh" content="0;url=https://refresh.example/">`,
	`]]><script>ACT</script>`,
	`<!--><script>ACT</script>--><!-- --!><script>ACT</script>`,
	`<template><script>ACT</script><img src=x onerror="ACT"></template>`,
	`<form id="location"><input name="cookie"><a id="document" name="body">a</a>`,
	`<object data="javascript:ACT"></object><embed src="data:text/html,<script>ACT</script>"><applet code=x></applet><link rel=stylesheet href="https://style.example/">`,
	`<details open ontoggle="ACT"><summary>a</summary></details><video src=x onerror="ACT"><source onerror="ACT"></video><marquee onstart="ACT">a</marquee>`,
	`<svg><animate onbegin="ACT" attributeName=x dur=1s></animate><use href="data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><script>ACT</script></svg>#x"></use></svg>`,
	`&lt;script&gt;ACT&lt;/script&gt;`,
	`&amp;lt;img src=x onerror=&amp;quot;ACT&amp;quot;&amp;gt;`,
	`"><script>ACT</script>`,
	`' onmouseover='ACT' x='`,
	`{{.Title}}{{template "page"}}<% ACT %>${HOME}`,
	`<div hidden><table><tr><td></main></body></html><script>ACT</script>`,
	`<?xml-stylesheet type="text/xsl" href="https://style.example/x.xsl"?><!DOCTYPE x SYSTEM "https://dtd.example/x">`,
}

// lines are texts that act on terminals, logs, headers and files.
var lines = []string{
	"\n{\"level\":\"ERROR\",\"msg\":\"forged\"}", "\r\nX-Injected: yes\r\n\r\n<script>ACT</script>", "\x1b]0;x\a\x1b[2J\x1b[31m", "gnp.\u202eexe \u2066\u2067\u061c\u200f\u200e",
	"a\u2028b\u2029c\u0085d", "\u009b31m\u009d0;x\u009c", "\x7f\x7f\b\b", "\x00\ufffe\uffff", "../../../../etc/passwd", `\..\..\x` + "\x00.rss", "<0>forged", "\xff\xfe\xc0\xaf",
	`a" level=ERROR msg="forged`, "tab\tand\vmore\f", "\U000e0001\U000e0041", strings.Repeat("W\u0300", 3000),
}

// hostileTexts are all of them, each with the mark.
func hostileTexts() (all []string) {
	for _, s := range append(append([]string(nil), strikes...), lines...) {
		all = append(all, mark+" "+strings.ReplaceAll(s, "ACT", act))
	}
	return all
}

// hostileAddresses are what stands where an address is expected, by the number of the item.
func hostileAddress(i int, text string) string {
	switch i % 6 {
	case 0:
		return "javascript:" + act
	case 1:
		return fmt.Sprintf("https://h.example/%d?%s", i, text)
	case 2:
		return "data:text/html,<script>" + act + "</script>"
	case 3:
		return fmt.Sprintf("//h.example/%d/%s", i, text)
	case 4:
		return "file:///etc/passwd#" + text
	}
	return fmt.Sprintf("https://%s:pw@h.example/%d", mark, i)
}

// inXML writes a text into a document so that a reader has every letter of it that XML
// allows, and those that it forbids as they are.
var inXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// hostileFeed is a feed of the form in which every field of every item is hostile.
func hostileFeed(form string) []byte {
	switch form {
	case "json":
		return hostileJSON()
	case "atom":
		return hostileAtom()
	}
	return hostileRSS()
}

func hostileRSS() []byte {
	var b strings.Builder
	all := hostileTexts()
	t := func(i int) string { return inXML.Replace(all[i%len(all)]) }
	fmt.Fprintf(&b, `<?xml version="1.0"?><?xml-stylesheet href="javascript:%s"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:zz="%s">
<channel><title>%s</title><link>%s</link><description>%s</description><language>%s</language><copyright>%s</copyright><generator>%s</generator><category domain="%s">%s</category>
<image><url>%s</url><title>%s</title><link>%s</link></image><managingEditor>%s</managingEditor><zz:x y="%s">%s</zz:x>`,
		inXML.Replace(act), t(0), t(1)+t(31), inXML.Replace(hostileAddress(0, all[0])), t(1), t(23), t(2), t(3), t(23), t(4), inXML.Replace(hostileAddress(2, all[2])), t(5), t(6), t(7), t(23), t(8))
	for i := range all {
		a := inXML.Replace(hostileAddress(i, all[i]))
		fmt.Fprintf(&b, `<item><title>R%d %s</title><link>%s</link><guid isPermaLink="%t">%s</guid><description>%[2]s</description><content:encoded><![CDATA[%s]]></content:encoded>
<author>%[2]s</author><dc:creator>%[2]s</dc:creator><category domain="%[3]s">%[2]s</category><comments>%[3]s</comments><enclosure url="%[3]s" type="%[2]s" length="%[2]s"/>
<source url="%[3]s">%[2]s</source><media:content url="%[3]s" type="%[2]s"><media:title type="html">%[2]s</media:title><media:thumbnail url="%[3]s"/></media:content>
<itunes:image href="%[3]s"/><podcast:person img="%[3]s" href="%[3]s" role="%[2]s">%[2]s</podcast:person><podcast:transcript url="%[3]s" type="%[2]s"/><dc:rights>%[2]s</dc:rights><zz:field attr="%[2]s">%[2]s</zz:field></item>
`, i, t(i), a, i%2 == 0, a+t(i), strings.ReplaceAll(all[i], "]]>", "]]]]><![CDATA[>"))
	}
	return []byte(b.String() + "</channel></rss>")
}

func hostileAtom() []byte {
	var b strings.Builder
	all := hostileTexts()
	t := func(i int) string { return inXML.Replace(all[i%len(all)]) }
	fmt.Fprintf(&b, `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="%s" xml:base="%s"><id>%s</id><title type="html">%s</title><subtitle type="html">%s</subtitle>
<link rel="self" href="%s"/><link href="%s"/><link rel="hub" href="%s"/><icon>%[6]s</icon><logo>%[6]s</logo><rights type="html">%[5]s</rights><generator uri="%[6]s" version="%[5]s">%[5]s</generator><updated>2026-11-02T08:00:00Z</updated>
`, t(23), inXML.Replace(hostileAddress(3, all[3])), t(29), t(0), t(1), inXML.Replace(hostileAddress(2, all[1])), inXML.Replace(hostileAddress(0, all[2])), inXML.Replace("javascript:"+act))
	for i := range all {
		a := inXML.Replace(hostileAddress(i+1, all[i]))
		fmt.Fprintf(&b, `<entry xml:lang="%[2]s"><id>%[3]s%[2]s</id><title type="html">A%[1]d %[2]s</title><link href="%[3]s" title="%[2]s" hreflang="%[2]s"/><link rel="enclosure" href="%[3]s" type="%[2]s" title="%[2]s" length="%[2]s"/>
<link rel="via" href="%[3]s" title="%[2]s"/><link rel="%[2]s" href="%[3]s"/><author><name>%[2]s</name><uri>%[3]s</uri><email>%[2]s@e.example</email></author><contributor><name>%[2]s</name><uri>%[3]s</uri></contributor>
<category term="%[2]s" scheme="%[3]s" label="%[2]s"/><rights type="html">%[2]s</rights><summary type="html">%[2]s</summary><content type="html">%[2]s</content><updated>2026-11-02T08:00:00Z</updated>
<source><id>%[3]s</id><title>%[2]s</title><link href="%[3]s"/></source></entry>
<entry><id>https://h.example/x%[1]d</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">X%[1]d <script>%[4]s</script><b onclick="%[4]s">b</b></div></title><link href="https://h.example/x%[1]d"/><updated>2026-11-02T08:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>X%[1]d</p><script>%[4]s</script><svg xmlns="http://www.w3.org/2000/svg"><script>%[4]s</script></svg><a href="javascript:%[4]s">a</a></div></content></entry>
`, i, t(i), a, inXML.Replace(act))
	}
	return []byte(b.String() + "</feed>")
}

func hostileJSON() []byte {
	all := hostileTexts()
	type object = map[string]any
	var items []object
	for i, s := range all {
		a := hostileAddress(i+2, s)
		items = append(items, object{
			"id": a + s, "url": a, "external_url": a, "title": fmt.Sprintf("J%d %s", i, s), "content_html": s, "content_text": s, "summary": s, "image": a, "banner_image": a,
			"language": s, "tags": []string{s, s + "2"}, "authors": []object{{"name": s, "url": a, "avatar": a}}, "attachments": []object{{"url": a, "mime_type": s, "title": s, "size_in_bytes": 1}},
			"date_published": "2026-11-02T08:00:00Z", "_zz": object{s: s},
		})
	}
	body, err := json.Marshal(object{
		"version": "https://jsonfeed.org/version/1.1", "title": all[0], "home_page_url": hostileAddress(2, ""), "feed_url": hostileAddress(0, ""), "description": all[1] + all[30],
		"icon": hostileAddress(2, ""), "favicon": hostileAddress(0, ""), "language": all[23], "authors": []object{{"name": all[2], "url": hostileAddress(4, "")}}, "items": items,
		"hubs": []object{{"type": "WebSub", "url": "javascript:" + act}},
	})
	if err != nil {
		panic(err) // strings, numbers and maps of them
	}
	return body
}

// hostilePublisher serves the feeds as /rss, /atom and /json, a page that leads to them,
// and answers that fail in hostile words.
func hostilePublisher(w http.ResponseWriter, r *http.Request) {
	text := mark + " \x1b[31m\u202e\u009b<script>" + act + "</script>"
	w.Header().Set("ETag", `"`+mark+`<script>"`)
	switch r.URL.Path {
	case "/rss", "/atom", "/json":
		_, _ = w.Write(hostileFeed(r.URL.Path[1:])) // who asked looks at what it got
	case "/page":
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<!doctype html><title>%[1]s</title><link rel=alternate type="application/rss+xml" title="%[2]s" href="/rss?%[2]s"><link rel=alternate type="application/atom+xml" title="%[2]s" href="javascript:x"><a href="/atom">rss</a>`,
			text, inXML.Replace(text))
	case "/status":
		w.Header().Set("WWW-Authenticate", `Basic realm="`+text+`"`)
		http.Error(w, text, http.StatusUnauthorized)
	case "/type":
		w.Header().Set("Content-Type", "text/"+mark+"<script>\u202e")
		_, _ = fmt.Fprint(w, text)
	case "/root":
		_, _ = fmt.Fprintf(w, "<%s\u202e\u0300x><title>%s</title>", mark, text)
	case "/cut":
		_, _ = fmt.Fprintf(w, `<rss version="2.0"><channel><title>%s</title><item><title>%[1]s</title><guid>c1</guid></item><item><title>%[1]s`, inXML.Replace(text))
	case "/broken":
		_, _ = fmt.Fprintf(w, `{"version":"https://jsonfeed.org/version/1.1","title":"%s","items":[{"id":7,"\u202e%s":`, "x", mark)
	case "/away":
		w.Header()["Location"] = []string{"http://" + mark + ".invalid/\x9b31m\xe2\x80\xae<script>"}
		w.WriteHeader(http.StatusMovedPermanently)
	case "/script":
		w.Header()["Location"] = []string{"javascript:" + act}
		w.WriteHeader(http.StatusFound)
	case "/later":
		w.Header().Set("Retry-After", text)
		http.Error(w, text, http.StatusTooManyRequests)
	default:
		http.NotFound(w, r)
	}
}
