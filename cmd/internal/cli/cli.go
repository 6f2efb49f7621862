// Package cli is the command line: arguments, output and exit status. How
// anything is done is the affair of the packages that it calls.
//
// Its rules:
//   - results go to standard output, everything else to standard error;
//   - an error is one line that begins with "sluice:", without a capital and
//     without a full stop, and says what to do where that is not plain;
//   - nothing waits without a bound.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"runtime"
	"time"

	"sluice/cmd/internal/control"
	"sluice/config"
	"sluice/feed/crash"

	"github.com/alecthomas/kong"
)

// Env is what a command may touch of the process.
type Env struct {
	Args   []string // without the program's name
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
	Exit   func(code int) // ends the process at once
}

// commands is the command line as kong reads it: a field a command, each in a
// file of its own.
type commands struct {
	globals

	Serve      serveCmd      `cmd:"" help:"Run the daemon."`
	Sync       syncCmd       `cmd:"" help:"Poll once what is due, store it, and exit."`
	Check      checkCmd      `cmd:"" help:"Validate the configuration."`
	Status     statusCmd     `cmd:"" help:"Show the sources: state, last success, next poll, failures."`
	Enable     enableCmd     `cmd:"" help:"Ask a source again at once that is gone or failing."`
	Reload     reloadCmd     `cmd:"" help:"Have the running daemon reload its configuration."`
	Preview    previewCmd    `cmd:"" help:"Show what an output holds, or what another configuration would make of it."`
	Explain    explainCmd    `cmd:"" help:"Say why an article is in an output, out of it or merged in it."`
	Split      splitCmd      `cmd:"" help:"Part what an output shows as one: the article leaves its story."`
	Join       joinCmd       `cmd:"" help:"Make the stories of two articles one; it undoes split."`
	Backup     backupCmd     `cmd:"" help:"Write a copy of the store as it is at one moment, also while the daemon runs."`
	Restore    restoreCmd    `cmd:"" help:"Put a copy of the store in its place, while no daemon runs."`
	Verify     verifyCmd     `cmd:"" help:"Read the whole store and say whether it is sound."`
	Compact    compactCmd    `cmd:"" help:"Make the store smaller, also while the daemon runs: reads go on, writes wait."`
	Discover   discoverCmd   `cmd:"" help:"Find the feeds of a page and print source blocks to paste."`
	OPML       opmlCmd       `cmd:"" name:"opml" help:"Exchange lists of feeds with other programs."`
	Completion completionCmd `cmd:"" help:"Print a completion script for a shell."`
	Complete   completeCmd   `cmd:"" name:"__complete" hidden:""`
	Version    versionCmd    `cmd:"" help:"Print version, commit and dependencies."`
}

// globals are the options that stand before or after any command.
type globals struct {
	Config      string           `short:"c" placeholder:"FILE" help:"Configuration file. Default: $$SLUICE_CONFIG, else ./config.yaml, else /etc/sluice/config.yaml."`
	LogLevel    string           `default:"info" enum:"debug,info,warn,error" help:"Least level that is logged: ${enum}."`
	LogFormat   string           `default:"auto" enum:"auto,text,json" help:"Format of the log: ${enum}. auto is text on a terminal and in systemd's journal, else JSON."`
	LockTimeout time.Duration    `default:"5s" help:"Longest wait for the store's lock or a silent daemon."`
	ShowVersion kong.VersionFlag `name:"version" help:"Print the version and exit."`
}

// run is what a command is given.
type run struct {
	env     Env
	room    *slack
	globals globals
	console *console // standard error
	log     *slog.Logger
	level   *slog.LevelVar // of the log, now
	usual   slog.Level     // and as it was asked for
	file    *config.File   // between dial and load
}

// Main runs the command that the arguments name and returns the exit status.
func Main(ctx context.Context, env Env) int {
	room := newSlack(env.Getenv, briefSlack)
	defer runtime.KeepAlive(room)
	out := &sticky{w: env.Stdout}
	env.Stdout = out
	err := attempt(ctx, env, room)
	if err == nil && out.err != nil {
		err = fmt.Errorf("standard output: %w", out.err)
	}
	if err == nil {
		return exitOK
	}
	code, text := classify(err)
	if text != "" {
		_, _ = fmt.Fprintf(env.Stderr, "%ssluice: %s\n", env.priority("<3>"), visible([]byte(text))) // nobody is left to tell
	}
	return code
}

// sticky remembers that a result could not be written, for those who do not ask.
type sticky struct {
	w   io.Writer
	err error
}

// Write implements io.Writer.
func (s *sticky) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		s.err = err
	}
	return n, err
}

// attempt is dispatch, which fails where it panics.
func attempt(ctx context.Context, env Env, room *slack) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = crash.Told(value)
		}
	}()
	return dispatch(ctx, env, room)
}

// dispatch parses the arguments and runs the command.
func dispatch(ctx context.Context, env Env, room *slack) error {
	var cmds commands
	done := errors.New("help or version was printed")
	parser, err := kong.New(&cmds,
		kong.Name("sluice"),
		kong.Description("A feed aggregator: polls RSS, Atom and JSON feeds, stores every article once, and republishes merged, filtered feeds."),
		kong.Writers(env.Stdout, env.Stderr),
		kong.Vars{"version": versionLine()},
		kong.Exit(func(int) { panic(done) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.UsageOnError(),
	)
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	args := env.Args
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parse(parser, args, done)
	switch {
	case errors.Is(err, done):
		return nil
	case err != nil:
		return &exitError{exitUsage, fmt.Errorf("%w; see sluice --help", err)}
	}
	if cmds.LockTimeout <= 0 {
		return &exitError{exitUsage, errors.New("--lock-timeout: want a duration above zero, such as 5s")}
	}
	r := &run{env: env, room: room, globals: cmds.globals, console: newConsole(env.Stderr), level: &slog.LevelVar{}}
	if err := r.usual.UnmarshalText([]byte(cmds.LogLevel)); err != nil {
		return &exitError{exitUsage, fmt.Errorf("--log-level: %w", err)}
	}
	r.level.Set(r.usual)
	r.log = newLogger(r.console, r.level, logForm(cmds.LogFormat, r.console, env.Getenv("JOURNAL_STREAM")))
	kctx.BindTo(ctx, (*context.Context)(nil))
	return kctx.Run(r, kctx.Model)
}

// parse runs the parser and turns its way of exiting after help into an error.
func parse(parser *kong.Kong, args []string, done error) (kctx *kong.Context, err error) {
	defer func() {
		p := recover()
		if cause, ok := p.(error); ok && errors.Is(cause, done) {
			err = done
		} else if p != nil {
			panic(p)
		}
	}()
	return parser.Parse(args)
}

// configPath returns the configuration file to use.
func (r *run) configPath() string {
	if r.globals.Config != "" {
		return r.globals.Config
	}
	if path := r.env.Getenv("SLUICE_CONFIG"); path != "" {
		return path
	}
	if exists("config.yaml") {
		return "config.yaml"
	}
	return "/etc/sluice/config.yaml"
}

// load reads the configuration.
func (r *run) load() (*config.Config, error) {
	file, err := r.read()
	if err != nil {
		return nil, r.unreadable(err)
	}
	r.file = nil // a daemon need not hold it
	cfg, err := file.Config()
	if err != nil {
		return nil, r.unreadable(err)
	}
	return cfg, nil
}

// read returns the configuration file. It is read once, also where a command first
// looks for a daemon in it and then loads it.
func (r *run) read() (*config.File, error) {
	if r.file != nil {
		return r.file, nil
	}
	file, err := config.Read(r.configPath())
	r.file = file
	return file, err
}

// dial connects to the daemon that the configuration names, whatever else is in
// it; control.ErrNoDaemon when there is none.
func (r *run) dial(ctx context.Context) (*control.Client, error) {
	file, err := r.read()
	if err != nil {
		return nil, r.unreadable(err)
	}
	socket, err := file.Control()
	if err != nil {
		return nil, r.unreadable(err)
	}
	daemon, err := control.Dial(ctx, socket.Reveal(), r.globals.LockTimeout)
	return daemon, socket.Hide(err)
}

// unreadable is the error of a command whose configuration cannot be used.
func (r *run) unreadable(err error) error {
	if invalid, ok := errors.AsType[*config.Invalid](err); ok {
		return &exitError{exitConfig, invalidText(invalid)}
	}
	err = fmt.Errorf("configuration: %w", err)
	if errors.Is(err, fs.ErrNotExist) {
		return &exitError{exitNoInput, err}
	}
	return err
}

// invalidText is the error of a command that met a configuration with problems:
// the first of them, and how to see all.
func invalidText(invalid *config.Invalid) error {
	first := invalid.Problems[0]
	if n := len(invalid.Problems); n > 1 {
		return fmt.Errorf("%s (and %d more: see sluice check)", first, n-1)
	}
	return errors.New(first.String())
}
