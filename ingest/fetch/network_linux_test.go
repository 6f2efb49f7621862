package fetch_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"sluice/ingest/fetch"
)

// inNoNetwork tells the test binary that it runs where there is none.
const inNoNetwork = "SLUICE_FETCH_NO_NETWORK"

// TestAMachineWithoutANetworkIsToldFromHostsThatAreDead asks from a network of its own
// that has no interface up.
func TestAMachineWithoutANetworkIsToldFromHostsThatAreDead(t *testing.T) {
	if os.Getenv(inNoNetwork) != "" {
		askWithoutANetwork(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inNoNetwork+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if _, ran := errors.AsType[*exec.ExitError](err); err != nil && !ran {
		t.Skipf("no network of its own for a process here: %v", err)
	}
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

func askWithoutANetwork(t *testing.T) {
	t.Helper()
	for name, tc := range map[string]struct {
		allow   []string
		target  fetch.Target
		want    error
		wantNot error
	}{
		"a name":                             {nil, fetch.Target{URL: "https://feeds.example.org/"}, fetch.ErrOffline, fetch.ErrUnrouted},
		"an address":                         {nil, fetch.Target{URL: "https://1.1.1.1/"}, fetch.ErrOffline, fetch.ErrUnrouted},
		"where private hosts may be asked":   {[]string{"feeds.lan"}, fetch.Target{URL: "https://1.1.1.1/"}, fetch.ErrUnrouted, fetch.ErrOffline},
		"where this target may be private":   {nil, fetch.Target{URL: "https://1.1.1.1/", AllowPrivate: []string{"feeds.lan"}}, fetch.ErrUnrouted, fetch.ErrOffline},
		"by a proxy, whose network is meant": {nil, fetch.Target{URL: "https://a.example/", Proxy: "http://1.1.1.1:3128"}, nil, fetch.ErrUnrouted},
	} {
		c, err := fetch.New(fetch.Options{AllowPrivate: tc.allow})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Fetch(t.Context(), tc.target)
		switch {
		case err == nil || errors.Is(err, tc.wantNot) || tc.want != nil && !errors.Is(err, tc.want):
			t.Errorf("%s: %v", name, err)
		case errors.Is(err, fetch.ErrOffline) && !strings.Contains(err.Error(), "check its network"):
			t.Errorf("%s: %v does not say what to do", name, err)
		}
		c.Close()
	}
}
