package scheduler

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"github.com/robfig/cron/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// job is a job with its execution. What of it is not in the message does not
// outlive the process.
type job struct {
	id      string // another job of the name has another
	message *schedulerpb.Job
	legacy  bool // of a cron.yaml
	cron    cron.Schedule

	tick    time.Time // of the schedule, that the next attempt is for
	began   time.Time // when the execution's first attempt did; zero: none has
	tries   int       // that the execution had
	running bool      // an attempt by the schedule
}

// due is when the next attempt is.
func (j *job) due() time.Time { return j.message.GetScheduleTime().AsTime() }

// next makes the first time after t the next attempt's.
func (j *job) next(t time.Time) {
	j.tick, j.began, j.tries = j.cron.Next(t), time.Time{}, 0
	j.message.ScheduleTime = timestamppb.New(j.tick)
}

// path has no name in it, which may be longer than a file's.
func (s *Server) path(name string) string {
	sum := sha256.Sum256([]byte(name))
	return filepath.Join(s.cfg.Dir, hex.EncodeToString(sum[:])+".json")
}

// load reads all jobs. Damaged ones are set aside, so that they can be made again.
func (s *Server) load() error {
	paths, err := filepath.Glob(filepath.Join(s.cfg.Dir, "*.json"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		j := &job{id: rand.Text()}
		ok, err := frame.ReadState(s.cfg.Log, path, func(data []byte) (err error) {
			if j.message, j.legacy, err = readJSON(data); err != nil {
				return err
			}
			if s.path(j.message.GetName()) != path || !jobName().MatchString(j.message.GetName()) {
				return errors.New("it is of another job")
			}
			j.cron, err = parse(j.message.GetSchedule(), j.message.GetTimeZone())
			return err
		})
		if err != nil {
			return err
		}
		if ok {
			j.next(s.cfg.Now())
			s.jobs[j.message.GetName()] = j
		}
	}
	return nil
}

// save stores a job as m; the caller holds the lock.
func (s *Server) save(j *job, m *schedulerpb.Job) error {
	if err := atomicfile.Keep(s.path(m.GetName()), shownJSON(m, j.legacy), 0o600); err != nil {
		return status.Errorf(codes.Internal, "storing %s: %v", m.GetName(), err)
	}
	return nil
}

// find is a job that must be there; the caller holds the lock.
func (s *Server) find(name string) (*job, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	j := s.jobs[name]
	if j == nil {
		return nil, status.Error(codes.NotFound, "Job not found.")
	}
	return j, nil
}

// remove forgets a job; the caller holds the lock.
func (s *Server) remove(name string) error {
	if err := os.Remove(s.path(name)); err != nil {
		return status.Errorf(codes.Internal, "removing %s: %v", name, err)
	}
	delete(s.jobs, name)
	return nil
}

// shown is a copy for a caller.
func (j *job) shown() *schedulerpb.Job { return proto.CloneOf(j.message) }
