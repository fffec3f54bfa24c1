package logging

import (
	"context"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Tail gives what reads on: each call the lines that have come in since the one before,
// from a time on. It is for one goroutine.
func (c *Client) Tail(doing string, s Service, from time.Time) func(context.Context) ([]release.Line, error) {
	cursor := c.Follow(s.Project, s.Filter, from, doing)
	return func(ctx context.Context) (lines []release.Line, err error) {
		entries, err := cursor.Next(ctx)
		if err != nil {
			return nil, err
		}
		return lines, s.hand(entries, func(l release.Line) error { lines = append(lines, l); return nil })
	}
}
