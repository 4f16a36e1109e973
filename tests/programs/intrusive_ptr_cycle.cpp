/* SPDX-License-Identifier: MIT */
/* Objects that count their references themselves, in the style of boost::intrusive_ptr. */
#include "program.h"

template <class T> class IntrusivePtr {
public:
    IntrusivePtr() = default;
    explicit IntrusivePtr(T *object) : object_(object) { object_->references_++; }
    IntrusivePtr(const IntrusivePtr &) = delete;
    IntrusivePtr &operator=(const IntrusivePtr &other)
    {
        if (other.object_)
            other.object_->references_++;
        reset();
        object_ = other.object_;
        return *this;
    }
    ~IntrusivePtr() { reset(); }
    T *operator->() const { return object_; }

private:
    void reset()
    {
        if (object_ && --object_->references_ == 0)
            delete object_;
        object_ = nullptr;
    }
    T *object_ = nullptr;
};

class Track {
public:
    int references_ = 0;
    double position = 0;
    IntrusivePtr<Track> next, previous;
};

NOINLINE static Track *make_track()
{
    return new Track;
}

NOINLINE static void lose_two_tracks()
{
    IntrusivePtr<Track> one(make_track()), other(make_track());
    one->next = other;
    other->previous = one;
}

int main()
{
    lose_two_tracks();
    SCRUB();
    return 0;
}
