package secretmanager

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"strings"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// secret is one secret on the disk.
type secret struct {
	Message  json.RawMessage // the Secret
	Versions []version       // the first is number 1
}

type version struct {
	Created time.Time
	State   secretmanagerpb.SecretVersion_State
	Data    []byte // nil once destroyed
	Checked bool   // who added it gave a checksum
	// Destroyed is when that was; zero: it was not, or before that was noted.
	Destroyed time.Time `json:",omitzero"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(data []byte) int64 { return int64(crc32.Checksum(data, castagnoli)) }

// load reads a secret. The caller holds the lock, as for all below.
func (s *Server) load(n name) (sec secret, err error) {
	data, err := os.ReadFile(s.path(n))
	if errors.Is(err, fs.ErrNotExist) {
		return sec, status.Errorf(codes.NotFound, "Secret [%s] not found.", n.parent())
	}
	if err == nil {
		err = sec.read(data)
	}
	if err != nil {
		return sec, status.Errorf(codes.Internal, "reading %s of %s: %v", s.path(n), n.parent(), err)
	}
	return sec, nil
}

// read takes a secret from its file, which holds a message for certain.
func (sec *secret) read(data []byte) error {
	if err := json.Unmarshal(data, sec); err != nil {
		return err
	}
	_, err := sec.message()
	return err
}

func (s *Server) save(n name, sec secret) error {
	data, err := json.Marshal(sec)
	if err == nil {
		err = atomicfile.Keep(s.path(n), data, 0o600)
	}
	if err != nil {
		return status.Errorf(codes.Internal, "storing %s: %v", n.parent(), err)
	}
	return nil
}

// find gives a version with its real number: latest is the newest one, whatever
// its state.
func (s *Server) find(n name) (name, secret, *version, error) {
	sec, err := s.load(n)
	if err != nil {
		return n, sec, nil, err
	}
	if n.version == 0 {
		n.version = len(sec.Versions)
	}
	if n.version == 0 || n.version > len(sec.Versions) {
		label := "latest"
		if n.version > 0 {
			label = fmt.Sprint(n.version)
		}
		return n, sec, nil, status.Errorf(codes.NotFound, "Secret Version [%s/versions/%s] not found.", n.parent(), label)
	}
	return n, sec, &sec.Versions[n.version-1], nil
}

// access reads a version that may be read.
func (s *Server) access(n name) (name, []byte, error) {
	n, _, v, err := s.find(n)
	if err != nil {
		return n, nil, err
	}
	if v.State != secretmanagerpb.SecretVersion_ENABLED {
		return n, nil, status.Errorf(codes.FailedPrecondition, "Secret Version [%s] is in %s state.", n, strings.ToUpper(v.State.String()))
	}
	return n, v.Data, nil
}

func (v *version) message(n name) *secretmanagerpb.SecretVersion {
	m := &secretmanagerpb.SecretVersion{Name: n.String(), CreateTime: timestamppb.New(v.Created), State: v.State, ClientSpecifiedPayloadChecksum: v.Checked}
	if !v.Destroyed.IsZero() {
		m.DestroyTime = timestamppb.New(v.Destroyed)
	}
	return m
}

func (sec secret) message() (*secretmanagerpb.Secret, error) {
	m := &secretmanagerpb.Secret{}
	if err := protojson.Unmarshal(sec.Message, m); err != nil {
		return nil, status.Errorf(codes.Internal, "reading a secret: %v", err)
	}
	return m, nil
}
