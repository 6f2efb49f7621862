package web

import (
	"net/http"
	"strings"
	"testing"

	"sluice/feed/fuzztest"
)

// FuzzWhatIsAcceptedIsReadInOneWay gives what readers say of types and codings, which any
// stranger may make up: what is understood of it is the same wherever a list is cut into
// lines, is in bounds, and what is ruled out is ruled out.
func FuzzWhatIsAcceptedIsReadInOneWay(f *testing.F) {
	for _, s := range []string{
		"", "*/*", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "application/atom+xml;q=0.5, text/*", "gzip, br;q=0.1, *;q=0", "identity;q=0",
		";q=", "a;q=NaN", "gzip;q=1e-300", "GZIP;Q=+Inf", ",,;,", "x-gzip;q=0x1p-2", "*;q=0.0001;q=2", "text/html;q=1;level=\"a,b\"",
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		defer fuzztest.Within(t, len(one)+len(other), fuzztest.Cost{Bytes: 4 << 20, Each: 4 << 10})()
		apart := http.Header{"Accept": {one, other}, "Accept-Encoding": {one, other}}
		joined := http.Header{"Accept": {one + "," + other}, "Accept-Encoding": {one + "," + other}}
		turned := http.Header{"Accept": {other, one}, "Accept-Encoding": {other, one}}
		for _, h := range []http.Header{joined, turned} {
			if prefersFeed(apart) != prefersFeed(h) || xmlLabel(apart["Accept"], "application/atom+xml; charset=utf-8") != xmlLabel(h["Accept"], "application/atom+xml; charset=utf-8") {
				t.Errorf("%q and %q are read otherwise as %q", one, other, h["Accept"])
			}
			if got, want := codings(h["Accept-Encoding"]), codings(apart["Accept-Encoding"]); got != want {
				t.Errorf("%q and %q: %+v, as %q %+v", one, other, want, h["Accept-Encoding"], got)
			}
		}
		m := newMemo[accepted]()
		for range 2 { // the second time from memory
			for _, h := range []http.Header{apart, joined, {"Accept-Encoding": {one}}, {"Accept-Encoding": {""}}, {}} {
				if got, want := m.of(h["Accept-Encoding"], codings), codings(h["Accept-Encoding"]); got != want {
					t.Errorf("%q: %+v is remembered as %+v", h["Accept-Encoding"], want, got)
				}
			}
		}
		got := codings(apart["Accept-Encoding"])
		for _, coding := range []string{"identity", "gzip", "zstd", "br", one} {
			if q := got.of(coding); !(q >= 0 && q <= 1) {
				t.Errorf("%q is wanted by %v", coding, q)
			}
		}
		refused := http.Header{"Accept-Encoding": {"identity;q=0,gzip;q=0,br;q=0,zstd;q=0,*;q=0"}}
		if got := codings(refused["Accept-Encoding"]); got.of("identity")+got.of("gzip")+got.of("br")+got.of("zstd") != 0 {
			t.Errorf("%+v", got)
		}
		if strings.ContainsAny(xmlLabel(apart["Accept"], "application/atom+xml; charset=utf-8"), "\r\n") {
			t.Error("a line end in a type")
		}
	})
}
