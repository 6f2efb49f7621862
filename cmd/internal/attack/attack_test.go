package attack_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

const (
	// attacksEnv is how many times as many attacks are made as by default.
	attacksEnv = "SLUICE_ATTACKS"
	// seedEnv is the seed of what is drawn at random; by default another each time.
	seedEnv = "SLUICE_SEED"
	// networkEnv says that the test binary runs in a network of its own; it is the program's path.
	networkEnv = "SLUICE_ATTACK_NETWORK"
)

// program is the path of the program, as it is shipped.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if os.Getenv(carelessEnv) != "" {
		return m.Run() // it is one of its own
	}
	if program = os.Getenv(networkEnv); program != "" {
		return m.Run() // in a network of its own
	}
	dir, err := os.MkdirTemp("", "sluice-attack-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // it is a temporary folder
	program = filepath.Join(dir, "sluice")
	// Linked as for a release: what libc would do between us and the system is not ours.
	build := exec.Command("go", "build", "-buildvcs=false", "-o", program, "sluice/cmd/sluice")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// attacks is how many attacks are made where n are by default.
func attacks(t *testing.T, n int) int {
	t.Helper()
	text := os.Getenv(attacksEnv)
	if text == "" {
		return n
	}
	times, err := strconv.Atoi(text)
	if err != nil || times < 1 {
		t.Fatalf("%s=%q: want a number above 0", attacksEnv, text)
	}
	return n * times
}

// chance is a source of random numbers whose seed is logged.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(seedEnv); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedEnv, err)
		}
	}
	t.Logf("%s=%d repeats this", seedEnv, seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// needs skips a test for want of a tool.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
}

// ended is how a command ended.
type ended struct {
	status int // exit status; -1: killed by a signal
	out    string
	err    string
}

func (e ended) String() string {
	return fmt.Sprintf("status %d\n%.2000s%.2000s", e.status, e.out, e.err)
}

// patience is how long a command may take that is to end by itself.
const patience = 2 * time.Minute

// do runs a command to its end.
func do(t *testing.T, name string, args ...string) ended {
	t.Helper()
	ctx, done := context.WithTimeout(t.Context(), patience)
	defer done()
	var out, text bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &out, &text
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", filepath.Base(name), err)
	}
	if ctx.Err() != nil {
		t.Fatalf("%s %v hangs\n%s%s", filepath.Base(name), args, out.String(), text.String())
	}
	return ended{cmd.ProcessState.ExitCode(), out.String(), text.String()}
}
