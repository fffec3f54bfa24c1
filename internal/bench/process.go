package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// command is a process to run.
type command struct {
	dir, name string
	args, env []string          // env comes after that of all
	each      func(line []byte) // hears of each line of the output when it comes; nil: nobody
}

// ran is how a process went.
type ran struct {
	out   []byte
	began time.Time
	took  time.Duration
	cpu   time.Duration // user and system time of the process itself
}

// shown is how much of a failed process's messages an error carries.
const shown = 4000

// exec runs a process to its end.
func (b *bench) exec(ctx context.Context, c command) (ran, error) {
	p := exec.CommandContext(ctx, c.name, c.args...)
	p.Dir, p.Env = c.dir, append(b.env[:len(b.env):len(b.env)], c.env...)
	var stdout, stderr bytes.Buffer
	p.Stdout, p.Stderr = &stdout, &stderr
	if c.each != nil {
		p.Stdout = &lines{all: &stdout, each: c.each}
	}
	began := time.Now()
	err := p.Run()
	r := ran{out: stdout.Bytes(), began: began, took: time.Since(began)}
	if p.ProcessState != nil {
		r.cpu = p.ProcessState.UserTime() + p.ProcessState.SystemTime()
	}
	if err != nil {
		text := stderr.Bytes()
		if len(text) > shown {
			text = text[len(text)-shown:]
		}
		return r, fmt.Errorf("%s %s: %w\n%s", c.name, strings.Join(c.args, " "), err, text)
	}
	return r, nil
}

// lines is an output of which somebody hears line by line.
type lines struct {
	all  *bytes.Buffer
	told int // so much of it was told
	each func(line []byte)
}

func (l *lines) Write(b []byte) (int, error) {
	n, err := l.all.Write(b)
	for {
		rest := l.all.Bytes()[l.told:]
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			return n, err
		}
		l.told += end + 1
		l.each(rest[:end])
	}
}
