package fetch_test

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"sluice/ingest/fetch"
	"sluice/ingest/fetch/fetchtest"
)

// environmentEnv has a process of its own fetch a feed: "guarded", as the program does, or
// "careless", as net/http would. Go reads the proxies of an environment once a process,
// and takes none for hosts that are written as addresses of the machine.
const environmentEnv = "FETCH_TEST_ENVIRONMENT"

func TestProxiesOfTheEnvironmentAreIgnored(t *testing.T) {
	if how := os.Getenv(environmentEnv); how != "" {
		fetchInEnvironment(t, how)
		return
	}
	for how, want := range map[string]bool{"guarded": false, "careless": true} {
		t.Run(how, func(t *testing.T) {
			canary := saying(t, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxiesOfTheEnvironmentAreIgnored$", "-test.count=1")
			cmd.Env = append(os.Environ(), environmentEnv+"="+how, "NO_PROXY=", "no_proxy=")
			for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
				cmd.Env = append(cmd.Env, name+"=http://"+canary.addr, strings.ToLower(name)+"=http://"+canary.addr)
			}
			out, err := cmd.CombinedOutput()
			if err != nil || bytes.Contains(out, []byte("no tests to run")) {
				t.Fatalf("%v\n%s", err, out)
			}
			if used := canary.accepted.Load() > 0; used != want {
				t.Errorf("the proxy was used: %v, want %v", used, want)
			}
		})
	}
}

func fetchInEnvironment(t *testing.T, how string) {
	t.Helper()
	p := fetchtest.New(t)
	address := strings.Replace(p.Set("/", fetchtest.Reply{Body: document}), "127.0.0.1", "feeds.example", 1)
	z := &zone{names: map[string][]string{"feeds.example": {"127.0.0.1"}}}
	if how == "careless" {
		transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Resolver: z.resolver(t)}).DialContext}
		res, err := (&http.Client{Transport: transport}).Get(address)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return
	}
	c := newStrict(t, fetch.Options{AllowPrivate: []string{"feeds.example"}})
	fetch.UseResolver(c, z.resolver(t))
	if ans := mustFetch(t, c, fetch.Target{URL: address}); string(ans.Body) != document {
		t.Errorf("%q", ans.Body)
	}
}
