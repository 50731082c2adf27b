import { addDays, addYears, type CalendarDay } from '../contract/parsers.ts';
import type { StudentFields } from '../contract/students.ts';
import type { NewStudent } from '../server/students/students.ts';
import { familyNames, givenNames, singleNames, streetNames, towns } from './demo-names.ts';
import { demoId } from './demo-id.ts';
import { type Draws, drawsBy } from './draws.ts';

/** The seed of the demo. */
export const demoSeed = 20_260_315;
/** The number of students of a middle-sized school. */
export const demoStudentCount = 2_000;

/** An instructor of the demo. Has no password and cannot sign in until invited. */
export interface DemoInstructor {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** A school of fictional people. */
export interface DemoSchool {
  readonly instructors: readonly DemoInstructor[];
  readonly students: readonly NewStudent[];
}

interface DemoOptions {
  /** Any integer: the same seed and day create the same school. */
  readonly seed?: number;
  /** All dates are relative to this day. */
  readonly today: CalendarDay;
  /** Default 2,000. */
  readonly studentCount?: number;
  /** Default 12. Names repeat, with a number, from the 25th on. */
  readonly instructorCount?: number;
  /** Part of every ID, so that two schools share none. */
  readonly schoolId: string;
}

/**
 * Creates a fictional school: names of many origins, `@example.com`, 555-01xx, invented streets, postal codes and licence
 * numbers. The first students are special cases; see `specialStudents`.
 */
export function demoSchool({
  seed = demoSeed,
  today,
  studentCount = demoStudentCount,
  instructorCount = 12,
  schoolId,
}: DemoOptions): DemoSchool {
  const random = drawsBy(seed);
  const idOf = (kind: string, index: number): string => demoId(`${seed} ${schoolId} ${kind} ${index}`, today, index);
  const instructors = Array.from({ length: instructorCount }, (_, index) => {
    const name = `${instructorNames[index % instructorNames.length] ?? ''}${index < instructorNames.length ? '' : ` ${Math.floor(index / instructorNames.length) + 1}`}`;
    return {
      id: idOf('instructor', index),
      name: `${name} (demo)`,
      email: `${plainLetters(name.replace(/ \d+$/, '')).join('.')}${index < instructorNames.length ? '' : `.${index}`}.demo@example.com`,
    };
  });
  const special = specialStudents(today);
  const students = Array.from({ length: studentCount }, (_, index): NewStudent => {
    // Drawn even for special students, so that adding one does not change later students.
    const ordinary = ordinaryStudent(random, { today, index, instructors });
    const { status, ...fields } = { ...ordinary, ...special[index] };
    return { id: idOf('student', index), status, fields: withPlausibleNumber(fields, index) };
  });
  return { instructors, students };
}

const instructorNames = [
  'Amara Osei',
  'Benoît Lavoie',
  'Carla Ferreira',
  'Devinder Sidhu',
  'Erin Walsh',
  'Farid Nazari',
  'Grace Kim',
  'Hugo Bergeron',
  'Imani Clarke',
  'Jolanta Nowak',
  'Kenji Watanabe',
  'Lucie Charbonneau',
  'Marcus Reid',
  'Nasrin Haddad',
  'Owen Fraser',
  'Paola Rinaldi',
  'Quang Pham',
  'Rania Saleh',
  'Stefan Ilic',
  'Tanya Redsky',
  'Uzma Qureshi',
  'Viktor Petrenko',
  'Wendy Lam',
  'Yves Tremblay',
] as const;

type Drafted = StudentFields & { readonly status: 'active' | 'archived' };

/** Special cases of the demo. Each changes only the relevant fields. */
function specialStudents(today: CalendarDay): readonly Partial<Drafted>[] {
  const adult = addYears(addDays(today, -100), -19);
  const g1: Partial<Drafted> = { licence_class: 'G1', status: 'active' };
  const noLicence = {
    licence_number: null,
    licence_class: 'none',
    licence_issued_on: null,
    licence_expires_on: null,
  } as const;
  return [
    // Seventeen, so a guardian must sign.
    { ...g1, legal_given_names: 'Zoé', legal_family_name: 'Tremblay', birth_date: addYears(addDays(today, 90), -18) },
    // One name only.
    { ...g1, legal_given_names: null, legal_family_name: 'Suharti', preferred_name: null, birth_date: adult },
    // Every French accent.
    {
      ...g1,
      legal_given_names: 'Geneviève-Anaïs Chloë',
      legal_family_name: 'Lefèbvre-Bérubé-Côté-Garçon',
      preferred_language: 'fr',
      birth_date: adult,
    },
    // The licence expires in twelve days.
    {
      ...g1,
      birth_date: addYears(today, -22),
      licence_issued_on: addYears(addDays(today, 12), -5),
      licence_expires_on: addDays(today, 12),
    },
    // The licence has expired.
    {
      ...g1,
      birth_date: addYears(today, -24),
      licence_issued_on: addYears(addDays(today, -30), -5),
      licence_expires_on: addDays(today, -30),
    },
    // A minor without e-mail.
    { ...g1, birth_date: addYears(addDays(today, -20), -16), email: null },
    // Without any way to be contacted.
    { ...g1, birth_date: adult, email: null, phone: null, phone_extension: null, sms_capable: 'unknown' },
    // Not sixteen yet.
    {
      ...noLicence,
      status: 'active',
      birth_date: addYears(addDays(today, 45), -16),
      licence_sighted_on: null,
      licence_sighted_by: null,
    },
    // Lives in Québec.
    {
      ...g1,
      birth_date: adult,
      preferred_language: 'fr',
      address: { street: '12 rue de la Démonstration', city: 'Gatineau', province: 'QC', postal_code: 'H0H 0H0' },
    },
    // A changed name: the letter of the number differs, and the card has not been seen.
    {
      ...g1,
      legal_given_names: 'Priya',
      legal_family_name: 'Sharma-Wilson',
      birth_date: adult,
      licence_number: 'K',
      licence_sighted_on: null,
      licence_sighted_by: null,
    },
    // The same, but the card has been seen.
    {
      ...g1,
      legal_given_names: 'Joanna',
      legal_family_name: 'Wójcik',
      birth_date: adult,
      licence_number: 'P',
      licence_sighted_on: addDays(today, -3),
      licence_sighted_by: 'Erin Walsh (demo)',
    },
    // Born on 29 February.
    { ...g1, birth_date: lastLeapDay(addYears(today, -17)) },
    // A landline can't receive text messages.
    { ...g1, birth_date: adult, phone: '+18075550142', phone_extension: null, sms_capable: 'no' },
    // A number with an extension.
    { ...g1, birth_date: adult, phone: '+14165550107', phone_extension: '4021', sms_capable: 'no' },
    // Archived.
    { birth_date: adult, status: 'archived' },
    // Twins.
    { ...g1, legal_given_names: 'Arjun', legal_family_name: 'Dhaliwal', birth_date: adult },
    { ...g1, legal_given_names: 'Amrit', legal_family_name: 'Dhaliwal', birth_date: adult },
    // Two people with the same name.
    { ...g1, legal_given_names: 'Wei', legal_family_name: 'Chen', birth_date: adult },
    { ...g1, legal_given_names: 'Wei', legal_family_name: 'Chen', birth_date: addYears(adult, -7) },
    // Turns sixteen today.
    {
      ...noLicence,
      status: 'active',
      birth_date: addYears(today, -16),
      licence_sighted_on: null,
      licence_sighted_by: null,
    },
    // Turns eighteen tomorrow.
    { ...g1, birth_date: addYears(addDays(today, 1), -18) },
    // The longest accepted name.
    { ...g1, birth_date: adult, legal_given_names: 'Wolfeschlegel '.repeat(7).trim(), preferred_name: 'Wolf' },
  ];
}

interface Surroundings {
  readonly today: CalendarDay;
  readonly index: number;
  readonly instructors: readonly DemoInstructor[];
}

function ordinaryStudent(random: Draws, { today, index, instructors }: Surroundings): Drafted {
  const given = random.pick(givenNames);
  const family = random.pick(familyNames);
  const single = random.chance(0.01);
  const [city, areaCode] = random.pick(towns);
  const ageDays = ageInDays(random);
  const bornOn = addDays(today, -ageDays);
  const phone = `+1${areaCode}55501${String(random.below(100)).padStart(2, '0')}`;
  const name = {
    legal_given_names: single ? null : given,
    legal_family_name: single ? random.pick(singleNames) : family,
  };
  const address = {
    street: `${1 + random.below(400)} ${random.pick(streetNames)}`,
    city,
    province: 'ON' as const,
    postal_code: `M0${random.pick(['M', 'N', 'P', 'R', 'S', 'T'])} ${random.below(10)}M${random.below(10)}`,
  };
  const french = random.chance(0.12);
  const reachable = random.below(20);
  const assigned = random.chance(0.8) ? instructors[random.below(instructors.length)] : undefined;
  const sighted = random.chance(0.6);
  const sightedDaysAgo = random.below(200);
  const licence = licenceOf(random, { today, bornOn });
  return {
    ...name,
    preferred_name: !single && random.chance(0.1) ? (given.split(/[\s-]/)[0] ?? given).slice(0, 4) : null,
    birth_date: bornOn,
    email:
      reachable === 0
        ? null
        : `${plainLetters(`${name.legal_given_names ?? ''} ${name.legal_family_name}`).join('.')}.${index}@example.com`,
    phone: reachable === 1 ? null : phone,
    phone_extension: null,
    sms_capable: reachable === 1 ? 'unknown' : random.pick(['yes', 'yes', 'yes', 'unknown', 'no']),
    address: random.chance(0.93) ? address : null,
    emergency_contact: index % 3 === 0 ? emergencyContact(index, name.legal_family_name) : null,
    preferred_language: french ? 'fr' : 'en',
    ...licence,
    licence_sighted_on: licence.licence_number !== null && sighted ? addDays(today, -sightedDaysAgo) : null,
    licence_sighted_by: licence.licence_number !== null && sighted ? (instructors[0]?.name ?? null) : null,
    instructor_id: assigned?.id ?? null,
    notes: random.chance(0.08) ? random.pick(notes) : null,
    status: random.chance(0.07) ? 'archived' : 'active',
  };
}

/** Not drawn at random, so that all other values of the demo stay the same. */
function emergencyContact(index: number, familyName: string): StudentFields['emergency_contact'] {
  return {
    name: `${givenNames[index % givenNames.length] ?? ''} ${familyName}`,
    telephone: `+1416555${String(100 + (index % 100)).padStart(4, '0')}`,
    relation: ['Mother', 'Father', 'Partner', 'Friend'][index % 4] ?? null,
  };
}

const notes = [
  'Prefers evenings after 18:00.',
  'Wears glasses; the card says so.',
  'Has driven a tractor since the age of twelve.',
  'Préfère les leçons en français.',
  'Nervous on highways: begin with quiet roads.',
] as const;

/** Most students are sixteen to nineteen, some older. */
function ageInDays(random: Draws): number {
  const group = random.below(100);
  if (group < 70) return 5_860 + random.below(1_400);
  if (group < 90) return 7_300 + random.below(3_650);
  return 10_950 + random.below(11_000);
}

/** A placeholder for the licence number, which `withPlausibleNumber` replaces when name and birth date are final. */
function licenceOf(
  random: Draws,
  { today, bornOn }: { readonly today: CalendarDay; readonly bornOn: CalendarDay },
): Pick<StudentFields, 'licence_number' | 'licence_class' | 'licence_issued_on' | 'licence_expires_on'> {
  const draw = random.below(100);
  const daysAgo = random.below(1_500);
  const sixteenOn = addYears(bornOn, 16);
  if (draw < 12 || sixteenOn > today) {
    return { licence_number: null, licence_class: 'none', licence_issued_on: null, licence_expires_on: null };
  }
  const wanted = addDays(today, -daysAgo);
  const issuedOn = wanted < sixteenOn ? sixteenOn : wanted;
  const waited = addYears(issuedOn, 1) <= today;
  return {
    licence_number: '?',
    licence_class: !waited || draw < 75 ? 'G1' : draw < 96 ? 'G2' : 'G',
    licence_issued_on: issuedOn,
    licence_expires_on: addYears(issuedOn, 5),
  };
}

/**
 * Replaces the placeholder by a number that matches name and birth date: the letter of the family name, `0000`, a serial
 * number, and the birth date, every second one with the month plus 50.
 */
function withPlausibleNumber(fields: StudentFields, index: number): StudentFields {
  const { licence_number: mark, licence_class, birth_date: bornOn } = fields;
  if (licence_class === 'none') return { ...fields, licence_number: null };
  const own = plainLetters(fields.legal_family_name)[0]?.[0]?.toUpperCase() ?? 'X';
  const letter = mark !== null && /^[A-Z]$/.test(mark) ? mark : own;
  const month = Number(bornOn.slice(5, 7)) + (index % 2 === 0 ? 0 : 50);
  const sequence = String(index % 10_000).padStart(4, '0');
  const digits = `0000${sequence}${bornOn.slice(2, 4)}${String(month).padStart(2, '0')}${bornOn.slice(8)}`;
  const issuedOn = fields.licence_issued_on ?? addYears(bornOn, 16);
  return {
    ...fields,
    licence_number: `${letter}${digits.slice(0, 4)}-${digits.slice(4, 9)}-${digits.slice(9)}`,
    licence_issued_on: issuedOn,
    licence_expires_on: fields.licence_expires_on ?? addYears(issuedOn, 5),
  };
}

function lastLeapDay(notAfter: CalendarDay): CalendarDay {
  let year = Number(notAfter.slice(0, 4));
  while (!(year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)) || `${year}-02-29` > notAfter) year -= 1;
  return `${year}-02-29`;
}

/** The words of a name in lower case ASCII. */
function plainLetters(text: string): string[] {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('ı', 'i')
    .replaceAll(/[^a-z\s-]/g, '')
    .split(/[\s-]+/)
    .filter(Boolean);
}
