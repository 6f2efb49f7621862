package ingest_test

import (
	"strings"
	"testing"

	"sluice/feed"
	"sluice/ingest"
	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

// A publisher may repeat what it was asked with where an error would quote it.
func TestAnErrorThatQuotesThePublisherTellsNoSecret(t *testing.T) {
	const secret = "s3cr3tword"
	for name, body := range map[string]string{
		"the root of a document": "<" + secret + "><title>x</title></" + secret + ">",
		"JSON":                   `{"` + secret + `": [`,
		"a tag that ends it":     `<rss version="2.0"><channel><item><guid>1</guid><title>One</title></item><` + secret + `><item></` + secret + `x>`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, ingest.Options{}, fetch.Options{})
			s := source("a", r.pub.Set("/a", fetchtest.Reply{Body: body}))
			s.Hide = &feed.Hider{}
			s.Hide.Add(secret)
			r.use(s)
			rep := r.poll()
			if rep.Err == nil || strings.Contains(rep.Err.Error(), secret) {
				t.Errorf("the report says %v", rep.Err)
			}
			if name == "the root of a document" && !strings.Contains(rep.Err.Error(), feed.Hidden) {
				t.Errorf("it quotes nothing: %v", rep.Err)
			}
			if st := r.state("a"); strings.Contains(st.Error, secret) || st.Error == "" {
				t.Errorf("the state says %q", st.Error)
			}
			if text := r.log.String(); strings.Contains(text, secret) {
				t.Errorf("the log says %s", text)
			}
		})
	}
}
