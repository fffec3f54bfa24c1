package appengine

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// keptOperations is how many operations survive a restart.
const keptOperations = 200

// record keeps an operation for whoever asks after a restart; the caller holds s.mu. A
// failure is logged: what is done is done.
func (s *Server) record(op document) {
	if err := atomicfile.KeepJSON(s.recordOf(op), op); err != nil {
		s.host.Log.Error("saving an operation", "name", op["name"], "error", err)
	}
}

// forget is the end of an operation that was refused; the caller holds s.mu.
func (s *Server) forget(op document) { _ = os.Remove(s.recordOf(op)) }

func (s *Server) recordOf(op document) string {
	return filepath.Join(s.records, filepath.Base(textAt(op, "name"))+".json")
}

// readRecords reads the operations of before, and forgets the oldest. One that was under
// way then has failed: nobody goes on with it.
func (s *Server) readRecords(log *slog.Logger) error {
	if err := os.MkdirAll(s.records, 0o700); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(s.records, "*.json"))
	if err != nil {
		return err
	}
	for _, path := range files {
		var op document
		ok, err := frame.ReadState(log, path, func(data []byte) error {
			if err := json.Unmarshal(data, &op); err != nil {
				return err
			}
			if _, ok := op["metadata"].(document); !ok || s.recordOf(op) != path {
				return errors.New("it is another operation")
			}
			return nil
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if ok {
			s.operations = append(s.operations, op)
		}
	}
	begun := func(op document) time.Time {
		at, _ := time.Parse(time.RFC3339Nano, textAt(op["metadata"].(document), "insertTime"))
		return at
	}
	slices.SortFunc(s.operations, func(a, b document) int { return begun(b).Compare(begun(a)) })
	for _, op := range s.operations[min(keptOperations, len(s.operations)):] {
		s.forget(op)
	}
	s.operations = s.operations[:min(keptOperations, len(s.operations))]
	for _, op := range s.operations {
		if op["done"] != true {
			delete(op["metadata"].(document), "ephemeralMessage")
			op["metadata"].(document)["endTime"], op["done"] = s.now().UTC().Format(time.RFC3339Nano), true
			op["error"] = document{"code": float64(codes.Aborted), "message": "The emulators ended while the operation was under way. Deploy again."}
			s.record(op)
		}
	}
	return nil
}
