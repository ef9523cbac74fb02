package mocks_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"time"

	"go.uber.org/mock/gomock"

	"github.com/cspkit/cspkit/mocks"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
	"github.com/cspkit/cspkit/partnercentertest"
)

// Without credentials nothing is read and nothing is sent: the double expects
// no other call.
func ExampleNewOffboardPartner() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	partner := mocks.NewOffboardPartner(ctrl)
	partner.EXPECT().CheckRead(gomock.Any(), contoso, false).Return(partnercenter.ErrMissingCredential)

	workflow, err := offboard.New(partner, new(offboard.MemoryStore))
	if err != nil {
		log.Fatal(err)
	}
	_, err = workflow.Plan(context.Background(), contoso, offboard.Actor{}, offboard.Policy{})
	fmt.Println(errors.Is(err, partnercenter.ErrMissingCredential))
	// Output: true
}

// Another process has the run, so this one leaves it alone.
func ExampleNewOffboardStore() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	until := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	store := mocks.NewOffboardStore(ctrl)
	store.EXPECT().Acquire(gomock.Any(), contoso, gomock.Any(), gomock.Any()).
		Return(offboard.Lease{}, &offboard.LeasedError{Customer: contoso, Until: until})

	workflow, err := offboard.New(mocks.NewOffboardPartner(ctrl), store)
	if err != nil {
		log.Fatal(err)
	}
	_, err = workflow.Start(context.Background(), contoso, offboard.Actor{}, offboard.Policy{})
	if leased, ok := errors.AsType[*offboard.LeasedError](err); ok {
		fmt.Println("again after", leased.Until.Format(time.Kitchen))
	}
	// Output: again after 12:00PM
}

// The database cannot be reached: the run says so, and goes on another time.
func ExampleNewOffboardDirectory() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	database := mocks.NewOffboardDirectory(ctrl)
	database.EXPECT().Has(gomock.Any(), contoso).Return(false, errors.New("connection refused")).MinTimes(1)

	report, err := end(offboard.WithDirectory(database))
	fmt.Println(report.State)
	fmt.Println(err)
	// Output:
	// failed
	// looking for the record of customer b44bb1fb-c595-45b0-9e09-d657365580bf: connection refused
}

// Somebody is told once that the relationship has ended.
func ExampleNewOffboardNotifier() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	mail := mocks.NewOffboardNotifier(ctrl)
	mail.EXPECT().Notify(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, n offboard.Notice) error {
		fmt.Println("to whom it may concern:", n.Company, "has left")
		return nil
	})

	report, err := end(offboard.WithNotifier(mail))
	fmt.Println(report.State, err)
	// Output:
	// to whom it may concern: Contoso BV has left
	// done <nil>
}

// Microsoft's records cannot be read: the run is done all the same.
func ExampleNewOffboardRecorder() {
	ctrl := gomock.NewController(example{})
	defer ctrl.Finish()
	records := mocks.NewOffboardRecorder(ctrl)
	records.EXPECT().Records(gomock.Any(), contoso, gomock.Any()).Return(failing[offboard.Record](partnercenter.ErrForbidden))

	report, err := end(offboard.WithRecorder(records))
	fmt.Println(report.State, err)
	// Output: done <nil>
}

// end offboards a customer of an emulated Partner Center.
func end(opt offboard.Option) (*offboard.Report, error) {
	fake := partnercentertest.New(partnercentertest.Customer{ID: string(contoso), Company: "Contoso BV"})
	workflow, err := offboard.New(offboard.NewPartner(clientOf(fake)), new(offboard.MemoryStore), opt)
	if err != nil {
		log.Fatal(err)
	}
	return offboard.NewRunner(workflow, offboard.Options{Poll: time.Millisecond}).Run(context.Background(), contoso)
}

// failing is a list that cannot be read.
func failing[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) { yield(*new(T), err) }
}
