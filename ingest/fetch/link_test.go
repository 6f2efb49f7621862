package fetch_test

import (
	"testing"

	"sluice/ingest/fetch"

	"github.com/google/go-cmp/cmp"
)

func TestLinkHeadersAreRead(t *testing.T) {
	type links []fetch.Link
	for name, tc := range map[string]struct {
		headers []string
		want    links
	}{
		"none":                       {nil, nil},
		"one":                        {[]string{`<https://a.example/>; rel="hub"`}, links{{Target: "https://a.example/", Rel: "hub"}}},
		"two in a line, one in next": {[]string{`<a>; rel=self, <b>;rel=hub`, `<c>`}, links{{Target: "a", Rel: "self"}, {Target: "b", Rel: "hub"}, {Target: "c"}}},
		"a type":                     {[]string{`<f>; TYPE="application/rss+xml" ; Rel = "alternate home"`}, links{{Target: "f", Rel: "alternate home", Type: "application/rss+xml"}}},
		"commas where they are text": {[]string{`<a,b;c>; title="x, <y>; \"z"; rel=hub`}, links{{Target: "a,b;c", Rel: "hub"}}},
		"the first of two counts":    {[]string{`<a>; rel=hub; rel=self`}, links{{Target: "a", Rel: "hub"}}},
		"a parameter without value":  {[]string{`<a>; crossorigin; rel=hub`}, links{{Target: "a", Rel: "hub"}}},
		"what does not end":          {[]string{`<a>; rel=hub, <b`, `<c>; rel="se`}, links{{Target: "a", Rel: "hub"}, {Target: "c", Rel: "se"}}},
	} {
		if diff := cmp.Diff(tc.want, links(fetch.ParseLinks(tc.headers))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
