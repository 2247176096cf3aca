//! One thread writes. It takes what is waiting, runs each piece in a savepoint of one immediate
//! transaction, commits once, and only then answers: a hundred requests cost one flush of the disk.

use super::DbError;
use rusqlite::Connection;
use std::sync::mpsc;

/// At most this many pieces share a commit, so that the first of them does not wait long.
const GROUP: usize = 256;

type Answer = Box<dyn FnOnce(Result<(), String>) + Send>;
type Job = Box<dyn FnOnce(&Connection) -> (bool, Answer) + Send>;

pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// The writer's thread is no more.
pub(super) fn gone() -> DbError {
    DbError::NotCommitted("the database is busy or being closed".into())
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, DbError> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new()
            .name("database".into())
            .spawn(move || run(&connection, &waiting))
            .map_err(|e| DbError::NotCommitted(e.to_string()))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) fn submit<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        deliver: impl FnOnce(Result<T, E>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let job: Job = Box::new(move |connection| {
            let result = work(connection);
            let done = result.is_ok();
            let answer: Answer = Box::new(move |committed| {
                deliver(match committed {
                    Ok(()) => result,
                    Err(why) => result.and(Err(DbError::NotCommitted(why).into())),
                });
            });
            (done, answer)
        });
        if let Some(jobs) = &self.jobs {
            // A send fails only when the thread is gone; then `deliver` is dropped, which its caller hears.
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, waiting: &mpsc::Receiver<Job>) {
    while let Ok(first) = waiting.recv() {
        let mut answers = Vec::new();
        let committed = group(connection, first, waiting, &mut answers).map_err(|e| {
            let _ = connection.execute_batch("ROLLBACK");
            tracing::error!(error = %e, "a group of writes was not committed");
            e.to_string()
        });
        for answer in answers {
            answer(committed.clone());
        }
    }
}

fn group(
    connection: &Connection,
    first: Job,
    waiting: &mpsc::Receiver<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), rusqlite::Error> {
    // When this fails the job is dropped unrun, which its caller hears as "not committed".
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let mut next = Some(first);
    while let Some(job) = next {
        connection.execute_batch("SAVEPOINT piece")?;
        let (done, answer) = job(connection);
        answers.push(answer);
        connection.execute_batch(if done { "RELEASE piece" } else { "ROLLBACK TO piece; RELEASE piece" })?;
        next = if answers.len() < GROUP { waiting.try_recv().ok() } else { None };
    }
    connection.execute_batch("COMMIT")
}
