package cli_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"sluice/cmd/internal/cli"
	"sluice/ingest/fetch/fetchtest"

	"github.com/rogpeppe/go-internal/testscript"
	"go.etcd.io/bbolt"
)

var update = flag.Bool("update", false, "rewrite the expected files of the scripts")

// childEnv makes the test binary be the program itself, for tests that kill it.
const childEnv = "SLUICE_TEST_CHILD"

// TestMain lets the scripts run the real program in a child process.
func TestMain(m *testing.M) {
	program := func() {
		os.Exit(cli.Main(context.Background(), cli.Env{
			Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Exit: os.Exit,
		}))
	}
	if os.Getenv(usedEnv) != "" {
		go func() { _ = tellUsed(os.NewFile(3, "asked"), os.NewFile(4, "told")) }() // who asks notices
	}
	if which := os.Getenv(floorEnv); which != "" {
		fmt.Fprintln(os.Stderr, serveFloor(which, os.Args[1]))
		os.Exit(1)
	}
	if os.Getenv(childEnv) != "" {
		program()
	}
	testscript.Main(m, map[string]func(){"sluice": program})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", "atexit_sleep_ms=0") // else each command takes a second to end
			// Ports for scripts that start a daemon.
			for _, name := range []string{"PORT", "ADMIN_PORT"} {
				address, release, err := fetchtest.HoldPort("127.0.0.1")
				if err != nil {
					return err
				}
				env.Defer(release)
				_, port, _ := net.SplitHostPort(address)
				env.Setenv(name, port)
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":   exits,
			"newer":   newer,
			"await":   await,
			"says":    says,
			"subst":   subst,
			"oneline": oneline,
		},
	})
}

// exits runs a program and checks its exit status: exits 78 sluice check.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	status := "0"
	if err != nil {
		status = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if status != args[0] {
		ts.Fatalf("%s exited with %s, want %s", strings.Join(args[1:], " "), status, args[0])
	}
}

// await waits for a file or socket to be there.
func await(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s did not appear", args[0])
}

// newer makes a store say that a later version wrote it.
func newer(ts *testscript.TestScript, _ bool, args []string) {
	db, err := bbolt.Open(ts.MkAbs(args[0]), 0o600, nil)
	ts.Check(err)
	err = db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte("999")) })
	ts.Check(errors.Join(err, db.Close()))
}

// says waits until a file holds a text.
func says(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: says FILE TEXT")
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if text, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && strings.Contains(string(text), args[1]) {
			return
		}
	}
	ts.Fatalf("%s does not say %q:\n%s", args[0], args[1], ts.ReadFile(args[0]))
}

// subst replaces $NAME in a file by the environment's values.
func subst(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// oneline checks that the last program wrote exactly one line of error.
func oneline(ts *testscript.TestScript, _ bool, _ []string) {
	text := ts.ReadFile("stderr")
	if strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "sluice: ") {
		ts.Fatalf("want one line of error, got:\n%s", text)
	}
}
