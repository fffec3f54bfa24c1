// Package logging emulates as much of Cloud Logging as reading logs takes:
// ListLogEntries over what containers of services wrote and what builds logged,
// with the filters that our clients and `gcloud logging read` send. The lines of
// containers it asks the emulators for that run them; those of builds it keeps.
package logging

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
)

// Server is the emulator.
type Server struct {
	loggingpb.UnimplementedLoggingServiceV2Server
	Faults fault.Set // by the RPCs' names

	sources []Source
	builds  builds
}

// New makes a Server over what services wrote, which keeps the logs of builds in dir.
func New(sources []Source, dir string) *Server {
	return &Server{sources: sources, builds: builds{dir: dir}}
}

var _ loggingpb.LoggingServiceV2Server = (*Server)(nil)

// Register puts the service on a gRPC server.
func (s *Server) Register(g *grpc.Server) { loggingpb.RegisterLoggingServiceV2Server(g, s) }

// ListLogEntries gives the entries of one project that a filter lets through.
func (s *Server) ListLogEntries(ctx context.Context, r *loggingpb.ListLogEntriesRequest) (*loggingpb.ListLogEntriesResponse, error) {
	if err := s.Faults.Take(ctx, "ListLogEntries"); err != nil {
		return nil, err
	}
	names := r.GetResourceNames()
	if len(names) != 1 || !projectName.MatchString(names[0]) {
		return nil, status.Error(codes.InvalidArgument, "resource_names must name one project")
	}
	q, err := parse(r.GetFilter())
	switch {
	case errors.Is(err, errNotHere):
		return nil, status.Errorf(codes.Unimplemented, "the filter: %v", err)
	case err != nil:
		return nil, status.Errorf(codes.InvalidArgument, "Unparseable filter: %v", err)
	}
	newest := false
	switch r.GetOrderBy() {
	case "", "timestamp asc", "timestamp":
	case "timestamp desc":
		newest = true
	default:
		return nil, status.Errorf(codes.InvalidArgument, "order_by %q is not timestamp asc or timestamp desc", r.GetOrderBy())
	}
	start, size, err := pageOf(r)
	if err != nil {
		return nil, err
	}
	if newest {
		q.need = start + size + 1 // and whether there are more
	}
	all, err := s.find(strings.TrimPrefix(names[0], "projects/"), q)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b *loggingpb.LogEntry) int { return a.Timestamp.AsTime().Compare(b.Timestamp.AsTime()) })
	if newest {
		slices.Reverse(all)
	}
	if start > len(all) {
		return nil, errPage
	}
	return answer(all, start, size), nil
}

// find gives the entries that q lets through; of each log those that are needed.
func (s *Server) find(project string, q query) (all []*loggingpb.LogEntry, err error) {
	logs := s.serviceLogs(project, q)
	logs = append(logs, s.builds.logs(project, q)...)
	for _, l := range logs {
		found, err := q.newest(l)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// log gives the newest n entries of one log, oldest first, and whether these are all.
type log func(n int) (entries []*loggingpb.LogEntry, all bool, err error)

// newest gives the entries of a log that q lets through, and reads no more of it
// than that takes.
func (q query) newest(l log) ([]*loggingpb.LogEntry, error) {
	for n := max(200, q.need); ; n *= 4 {
		entries, all, err := l(n)
		if err != nil {
			return nil, err
		}
		before := len(entries) > 0 && entries[0].GetTimestamp().AsTime().Before(q.since)
		entries = slices.DeleteFunc(entries, func(e *loggingpb.LogEntry) bool { return !q.match(e) })
		if all || before || q.need > 0 && len(entries) >= q.need {
			return entries, nil
		}
	}
}

var projectName = regexp.MustCompile(`^projects/[a-z0-9][a-z0-9.:-]*$`)

var errPage = status.Error(codes.InvalidArgument, "page_token is not valid")

// pageOf is where a page begins, and how many entries are on it.
func pageOf(r *loggingpb.ListLogEntriesRequest) (start, size int, err error) {
	if t := r.GetPageToken(); t != "" {
		if start, err = strconv.Atoi(t); err != nil || start < 0 || start > 1<<30 {
			return 0, 0, errPage
		}
	}
	if size = int(r.GetPageSize()); size <= 0 || size > 1000 {
		size = 50
	}
	return start, size, nil
}

// maxAnswer ends a page early: lines may be long.
const maxAnswer = 4 << 20

func answer(all []*loggingpb.LogEntry, start, size int) *loggingpb.ListLogEntriesResponse {
	bytes, end := 0, start
	res := &loggingpb.ListLogEntriesResponse{}
	for ; end < min(start+size, len(all)) && bytes < maxAnswer; end++ {
		bytes += proto.Size(all[end])
		res.Entries = append(res.Entries, all[end])
	}
	if end < len(all) {
		res.NextPageToken = strconv.Itoa(end)
	}
	return res
}
