package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/control"
)

// admin asks what the admin listener has, over the control socket.
func (s *stand) admin(path string) string {
	s.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", s.cfg.Server.Control.Reveal())
	}}}
	res, err := client.Get("http://daemon" + path)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.Fatalf("%s: %s, %v", path, res.Status, err)
	}
	return string(body)
}

// TestTheStatusTellsNoSecret has sources whose addresses, headers and proxies are full of
// secrets fail in many ways, and a publisher who repeats what he was asked by.
func TestTheStatusTellsNoSecret(t *testing.T) {
	const user, password, part, token = "CANARYUSER", "CANARYPW", "CANARYPATH", "CANARYTOK"
	t.Setenv("CANARY_PART", part)
	t.Setenv("CANARY_HOST", "canaryhost")
	s := newStand(t, nil, "  - {name: all}\n")
	login := strings.Replace(s.url, "://", "://"+user+":"+password+"@", 1) + "/${CANARY_PART}/%s?key=" + token
	s.stage.show("/"+part+"/ok", []byte(`<rss version="2.0"><channel><title>`+user+` `+password+` `+part+` `+token+`</title><link>http://x/`+part+`</link>
<description>d</description><item><title>Crane</title><link>http://x.example/1</link><pubDate>`+token+`</pubDate></item></channel></rss>`))
	s.stage.show("/"+part+"/page", []byte("<html><title>"+password))
	config := fmt.Sprintf("server: {listen: '127.0.0.1:0', admin: ''}\nstorage: {path: %q}\ningest: {allow_private: [127.0.0.1]}\nsources:\n", s.db)
	for name, address := range map[string]string{
		"fine": fmt.Sprintf(login, "ok"), "missing": fmt.Sprintf(login, "none"), "page": fmt.Sprintf(login, "page"),
		"lookup": "http://" + user + ":" + password + "@${CANARY_HOST}.invalid/" + "?token=" + token, "private": "http://" + user + ":" + password + "@10.0.0.9/${CANARY_PART}",
		"file": "file:/nowhere/${CANARY_PART}",
	} {
		config += fmt.Sprintf("  - {name: %s, url: %q, headers: {X-Key: CANARYHEADER}}\n", name, address)
	}
	s.cfg = parseConfig(t, config+"outputs: [{name: all}]\n")
	if _, err := s.app.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop := s.run()
	s.poll()
	for _, path := range []string{"/status", "/status?state=failing", "/status.json"} {
		body := s.admin(path)
		if i := strings.Index(strings.ToLower(body), "canary"); i >= 0 {
			t.Errorf("%s tells a secret: %s", path, body[max(i-100, 0):min(i+100, len(body))])
		}
		if strings.HasSuffix(path, "g") && strings.Count(body, "<article") != 5 {
			t.Errorf("%s has %d articles", path, strings.Count(body, "<article"))
		}
	}
	if _, err := stop(); err != nil {
		t.Error(err)
	}
}

func TestTheStatusSaysWhatTheDaemonRunsBy(t *testing.T) {
	s := newStand(t, []string{"a", "b"}, "  - {name: all}\n")
	s.stage.show("/a", rss(one, two))
	stop := s.run()
	s.poll()
	s.poll()
	s.ask("/feeds/all.rss")
	good := s.cfg
	moved := *good
	moved.Storage.Path = parseConfig(t, fmt.Sprintf("storage: {path: %q}\nsources: [{name: a, url: 'http://x.example/'}]\noutputs: [{name: all}]\n", s.db+"2")).Storage.Path
	s.cfg = &moved
	if _, err := s.app.Reload(t.Context()); err == nil {
		t.Fatal("another store was taken")
	}
	s.cfg = good
	status, err := s.app.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := status.Configuration
	if c == nil || c.Loaded == nil || c.Refused == nil || len(c.Reasons) != 1 {
		t.Errorf("configuration %+v", c)
	}
	if st := status.Store; st == nil || st.Articles != 2 || st.Bytes == 0 || st.Backup != nil {
		t.Errorf("store %+v", st)
	}
	if o := status.Outputs; len(o) != 1 || o[0].Name != "all" || o[0].Entries != 2 || o[0].Changed == nil || o[0].Requests != 1 {
		t.Errorf("outputs %+v", o)
	}
	a := status.Sources[0]
	if a.Polls == nil || a.Polls.Total != 2 || a.News.Days[len(a.News.Days)-1] != 2 || a.Plain == nil || status.Sources[1].Fault != "http_error" || status.Sources[1].HTTPStatus != 404 {
		t.Errorf("sources %+v", status.Sources)
	}
	var fromPage control.Status
	if err := json.Unmarshal([]byte(s.admin("/status.json")), &fromPage); err != nil || len(fromPage.Sources) != 2 || fromPage.Store == nil {
		t.Errorf("%v, %+v", err, fromPage)
	}
	page := s.admin("/status")
	for _, want := range []string{"2 sources: 1 failing, 1 ok; 1 output;", "never backed up", "The last reload was refused", "Answers 404 Not Found"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page says nothing of %q", want)
		}
	}
	if at := status.At; at == nil || time.Since(*at) > time.Hour {
		t.Errorf("at %v", at)
	}
	if _, err := stop(); err != nil {
		t.Error(err)
	}
}
