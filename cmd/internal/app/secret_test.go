package app_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestNoSecretIsPublishedThatThePublisherRepeats has a publisher who writes the
// address by which he was asked, and the credentials, wherever something can stand.
func TestNoSecretIsPublishedThatThePublisherRepeats(t *testing.T) {
	const secret = "s3cret"
	t.Setenv("SECRET_PART", secret)
	s := newStand(t, nil, "  - {name: all}\n")
	asked := strings.Replace(s.url, "://", "://joe:"+secret+"@", 1) + "/" + secret + "/feed?token=" + secret
	doc := strings.NewReplacer("SECRET", secret, "ADDRESS", strings.ReplaceAll(asked, "&", "&amp;")).Replace(`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="x-SECRET">
<id>ADDRESS</id><title>SECRET news</title><subtitle>SECRET</subtitle><link rel="self" href="ADDRESS"/><link href="ADDRESS&amp;x=1"/>
<author><name>SECRET</name><uri>ADDRESS</uri><email>SECRET@example.org</email></author><updated>2026-11-02T08:00:00Z</updated>
<entry><id>ADDRESS#1</id><title>Crane falls, SECRET</title><link href="https://t.example/1?token=SECRET"/><link rel="enclosure" href="https://t.example/SECRET.mp3" type="audio/SECRET" title="SECRET"/>
<link rel="via" href="ADDRESS" title="SECRET"/><category term="SECRET" scheme="https://t.example/SECRET" label="SECRET"/><updated>2026-11-02T08:00:00Z</updated>
<summary>SECRET</summary><content type="html">&lt;p&gt;The crane &lt;b&gt;SECRET&lt;/b&gt; &lt;a href="ADDRESS"&gt;SEC&lt;i&gt;RET&lt;/i&gt;&lt;/a&gt; &lt;img src="https://t.example/i.png?token=SECRET" alt="SECRET"&gt;&lt;/p&gt;</content></entry>
<entry><id>SECRET</id><title type="html">&lt;b&gt;s3c&lt;/b&gt;ret</title><link href="/SECRET/2"/><updated>2026-11-02T08:00:00Z</updated><source><id>ADDRESS</id><title>SECRET</title><link rel="self" href="ADDRESS"/></source></entry>
</feed>`)
	s.stage.show("/"+secret+"/feed", []byte(doc))
	s.cfg = parseConfig(t, fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: ''}\nstorage: {path: %q}\ningest: {allow_private: [127.0.0.1]}\n"+
		"sources: [{name: a, url: %q, headers: {X-Key: %s}}]\noutputs: [{name: all, title_template: '{{.Title}} ({{.Source}}, {{.Author}})'}]\n", s.db, strings.Replace(asked, "/"+secret+"/", "/${SECRET_PART}/", 1), secret))
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.poll()
	ids, titles := s.shown("all")
	if len(ids) != 2 || !strings.Contains(strings.Join(titles, "\n"), "Crane falls, *** (*** news, ***)") {
		t.Fatalf("got ids %q and titles %q", ids, titles)
	}
	for _, path := range []string{"/", "/feeds.opml", "/feeds/all", "/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json"} {
		body := s.ask(path).Body.String()
		if i := strings.Index(body, secret); i >= 0 {
			t.Errorf("%s shows a secret: %s", path, body[max(i-100, 0):min(i+100, len(body))])
		}
		if strings.HasSuffix(path, "on") && !strings.Contains(body, "https://t.example/1?token=***") {
			t.Errorf("%s has not the link of the first entry: %s", path, body)
		}
	}
}
