package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"sluice/cmd/internal/web"
)

// clerk answers one callback.
type clerk struct{ got []string }

func (c *clerk) Verify(_ context.Context, id string, q url.Values) (int, string) {
	if id != "known" {
		return 404, ""
	}
	return 200, q.Get("hub.challenge")
}

func (c *clerk) Deliver(_ context.Context, id, signature, contentType string, body io.Reader) int {
	if id != "known" {
		return 410
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return 400
	}
	c.got = append(c.got, signature+" "+contentType+" "+string(text))
	return 202
}

func TestCallbacksOfHubs(t *testing.T) {
	for name, tc := range map[string]struct {
		method, path, body string
		status             int
		text               string
	}{
		"a verification is answered with its challenge": {"GET", "/websub/known?hub.challenge=%3Cb%3E", "", 200, "<b>"},
		"an unknown one is not found":                   {"GET", "/websub/other", "", 404, ""},
		"no callback":                                   {"GET", "/websub/", "", 404, ""},
		"below a callback":                              {"GET", "/websub/known/x", "", 404, ""},
		"a push":                                        {"POST", "/websub/known", "12345678", 202, ""},
		"a push after the end":                          {"POST", "/websub/other", "1", 410, ""},
		"another method":                                {"PUT", "/websub/known", "1", 405, ""},
		"posts go nowhere else":                         {"POST", "/feeds/all.atom", "1", 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := &clerk{}
			h := web.New(slog.New(slog.DiscardHandler), nil, web.Options{Callbacks: c})
			r := httptest.NewRequest(tc.method, tc.path, strings.NewReader(tc.body))
			r.Header.Set("X-Hub-Signature", "sha1=x")
			r.Header.Set("Content-Type", "text/xml")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tc.status || tc.text != "" && w.Body.String() != tc.text {
				t.Errorf("got %d %q", w.Code, w.Body)
			}
			if w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("browsers may guess its type")
			}
			if tc.text != "" && w.Header().Get("Content-Type") != "application/octet-stream" {
				t.Errorf("type %q", w.Header().Get("Content-Type"))
			}
			if taken := tc.status == http.StatusAccepted; taken != (len(c.got) == 1) || taken && c.got[0] != "sha1=x text/xml 12345678" {
				t.Errorf("took %q", c.got)
			}
		})
	}
}
