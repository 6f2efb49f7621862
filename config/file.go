package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"go.yaml.in/yaml/v4"
)

// maxFile is the largest configuration file that is read.
const maxFile = 64 << 20

const emptyFile = "the file is empty: sources and outputs are missing"

// File is a configuration file as it was when it was read, so that who asks it
// twice hears of one content.
type File struct {
	text *decoder   // of its text; nothing is taken from it yet
	root *yaml.Node // see tree
	read bool       // root is what the text says
	data []byte
	open bool // everybody on the machine can read it
}

// Read reads a configuration file, whatever is in it. The error wraps what the
// file system said, or is an *Invalid where the file is too large.
func Read(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, &Invalid{Problems: []Problem{{
			File: path, Line: 1, Column: 1, Message: fmt.Sprintf("the file is larger than %d MiB", maxFile>>20),
		}}}
	}
	file := newFile(path, data, os.LookupEnv)
	file.open = isOpen(path)
	return file, nil
}

func newFile(name string, data []byte, env func(string) (string, bool)) *File {
	return &File{text: newDecoder(name, data, env), data: data}
}

// tree returns what the text says; nil: it is no YAML, and f.text says why.
func (f *File) tree() *yaml.Node {
	if !f.read {
		f.root, f.read = f.text.document(f.data), true
	}
	return f.root
}

// Load reads and checks a configuration file. The error is an *Invalid when its
// content is wrong, and otherwise wraps what the file system said.
func Load(path string) (*Config, error) {
	f, err := Read(path)
	if err != nil {
		return nil, err
	}
	return f.Config()
}

// Parse checks the content of a configuration file. name is how problems call
// it, env answers for ${NAME}; files named by {file: PATH} are read. The error is
// an *Invalid.
func Parse(name string, data []byte, env func(string) (string, bool)) (*Config, error) {
	return newFile(name, data, env).Config()
}

// Config checks the content of the file. The error is an *Invalid.
func (f *File) Config() (*Config, error) {
	if len(f.data) > largeFile && !f.read {
		if c, err := f.inPieces(pieceSize); c != nil || err != nil {
			return c, err
		}
	}
	return f.whole()
}

// whole is Config, of the file as one document.
func (f *File) whole() (*Config, error) {
	root := f.tree()
	if root != nil {
		f.root, f.read = nil, false // it is used up; see forget
	}
	d := f.text.again()
	always, err := d.compile("true")
	if err != nil {
		return nil, err
	}
	d.always = always
	c := newConfig()
	if root != nil {
		f.take(d, root, c)
	}
	if len(d.problems) > 0 {
		return nil, &Invalid{Problems: sorted(d.problems), Warnings: sorted(d.warnings)}
	}
	return c, nil
}

// take reads a document into a configuration, and adds what follows from all of it.
func (f *File) take(d *decoder, root *yaml.Node, c *Config) {
	d.root = root
	top, _ := value{decoder: d}.child(root, "", false)
	if top.null() {
		d.add(1, 1, "", emptyFile)
	} else {
		top.mapping("a mapping of server, storage, ingest, sources and outputs", c.fields())
		d.finish(c)
		f.warnOpen(d, c)
	}
	c.Warnings = sorted(d.warnings)
}

// Control reads of the file only where the daemon that uses it is to be reached:
// its control socket. Whatever else is wrong with the file, the daemon can then be
// asked, also where it is no YAML behind, or before, what says that. The error is an
// *Invalid.
func (f *File) Control() (Path, error) {
	if len(f.data) > largeFile && !f.read { // a command should not wait for all of it to be read
		if part, there := f.salvage(); there != nil {
			if where, err := control(part, there); err == nil {
				return where, nil
			}
		}
	}
	root := f.tree()
	d := f.text.again()
	if root == nil {
		if part, there := f.salvage(); there != nil {
			d, root = part, there
		}
	}
	return control(d, root)
}

// largeFile is the size from which Control looks at the blocks alone that it needs, where
// these can be read by themselves, and Config reads in pieces.
const largeFile = 256 << 10

// control reads where the daemon is to be reached out of what was read.
func control(d *decoder, root *yaml.Node) (Path, error) {
	c := newConfig()
	d.loose = true
	if root != nil {
		d.root = root
		top, _ := value{decoder: d}.child(root, "", false)
		if !top.null() {
			top.mapping("a mapping", []field{
				group("server", of("control", &c.Server.Control, socketPath)),
				group("storage", of("path", &c.Storage.Path, storagePath)),
			})
		}
	}
	where := []string{"", "server", "storage", "server.control", "storage.path"}
	problems := slices.DeleteFunc(d.problems, func(p Problem) bool { return !slices.Contains(where, p.Path) })
	if len(problems) > 0 {
		return Path{}, &Invalid{Problems: sorted(problems)}
	}
	c.place()
	return c.Server.Control, nil
}

// place gives the control socket its default, beside the store.
func (c *Config) place() {
	if c.Server.Control.Reveal() == "" {
		c.Server.Control = c.Storage.Path.beside(".sock")
	}
}
